package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWaves(t *testing.T) {
	tests := []struct {
		text  string
		total int
		want  []int
	}{
		{"1,10,5%,rest", 1000, []int{1, 10, 50, 939}},
		{"1,10,5%,rest", 100, []int{1, 10, 5, 84}},
		{"1,10,5%,rest", 15, []int{1, 10, 1, 3}}, // never nobody before the rest
		{"1,10,5%,rest", 11, []int{1, 10}},
		{"1,10,5%,rest", 7, []int{1, 6}},
		{"1,10,5%,rest", 1, []int{1}},
		{"1,10,5%,rest", 0, nil},
		{"rest", 9, []int{9}},
		{"rest", 0, nil},
		{" 2 , 50% , rest ", 8, []int{2, 4, 2}},
		{"60%,60%,rest", 10, []int{6, 4}},
		{"100%,rest", 10, []int{10}},
	}
	for _, test := range tests {
		w, err := ParseWaves(test.text)
		if got := w.Sizes(test.total); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s of %d: got %v, %v, want %v", test.text, test.total, got, err, test.want)
		}
		if want := strings.ReplaceAll(test.text, " ", ""); w.String() != want {
			t.Errorf("got %s, want %s", w, want)
		}
	}
}

func TestWavesErrors(t *testing.T) {
	const noNumber = "is no number of people: write a count such as 25, or a percentage such as 5% or 0.25%"
	for text, want := range map[string]string{
		"":            `part 1 of "": "" ` + noNumber,
		"1,10":        `"1,10" does not say what becomes of the others: end it with rest`,
		"1,rest,10":   `"rest" stands before the end of "1,rest,10"`,
		"rest,rest":   `"rest" stands before the end of "rest,rest"`,
		"1,,rest":     `part 2 of "1,,rest": "" ` + noNumber,
		"1,rest,":     `"rest" stands before the end of "1,rest,"`,
		"0,rest":      `part 1 of "0,rest": a wave of nobody`,
		"1,0.0%,rest": `part 2 of "1,0.0%,rest": a wave of nobody`,
		"1,150%,rest": `part 2 of "1,150%,rest": "150%" is more than 100%`,
		"1;10;rest":   `part 1 of "1;10;rest": "1;10;rest" ` + noNumber,
		"1,all":       `part 2 of "1,all": "all" ` + noNumber,
	} {
		_, err := ParseWaves(text)
		if want += " (waves are written as in 1,10,5%,rest)"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Everybody is in one wave, and no wave is empty or larger than it was given.
func TestWavesTakeEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.StringMatching(`[1-9][0-9]{0,4}|[1-9][0-9]?(\.[0-9]{1,4})?%`)).Draw(t, "parts")
		total := rapid.IntRange(0, 100_000).Draw(t, "total")
		w, err := ParseWaves(strings.Join(append(parts, "rest"), ","))
		if err != nil {
			t.Fatal(err)
		}
		sum, sizes := 0, w.Sizes(total)
		for i, size := range sizes {
			sum += size
			if size <= 0 || i < len(w.first) && size > max(1, w.first[i].Of(total)) {
				t.Fatalf("wave %d of %v is %d", i+1, w, size)
			}
		}
		if sum != total || len(sizes) > len(parts)+1 {
			t.Fatalf("%v of %d: got %v", w, total, sizes)
		}
	})
}

func ExampleWaves_Sizes() {
	waves, err := ParseWaves("1,10,5%,rest")
	if err != nil {
		panic(err)
	}
	fmt.Println(waves.Sizes(1000))
	fmt.Println(waves.Sizes(15))
	// Output:
	// [1 10 50 939]
	// [1 10 1 3]
}
