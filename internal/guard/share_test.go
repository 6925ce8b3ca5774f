package guard

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestShare(t *testing.T) {
	tests := []struct {
		text        string
		total, want int
		canonical   string
	}{
		{"25", 10, 25, "25"},
		{"0", 10, 0, "0"},
		{"007", 10, 7, "7"},
		{"999999999", 1, 999_999_999, "999999999"},
		{"5%", 100, 5, "5%"},
		{"5%", 119, 5, "5%"},
		{"5%", 120, 6, "5%"},
		{"5%", 19, 0, "5%"},
		{"5%", 0, 0, "5%"},
		{"29%", 100, 29, "29%"}, // 28.999… in floating point
		{"2.5%", 1000, 25, "2.5%"},
		{"2.50%", 1000, 25, "2.5%"},
		{"0.0001%", 999_999, 0, "0.0001%"},
		{"0.0001%", 1_000_000, 1, "0.0001%"},
		{"100%", 1<<31 - 1, 1<<31 - 1, "100%"},
		{"100.0000%", 7, 7, "100%"},
	}
	for _, test := range tests {
		s, err := ParseShare(test.text)
		if err != nil || s.Of(test.total) != test.want || s.String() != test.canonical {
			t.Errorf("%s of %d: got %d, %s, %v, want %d, %s", test.text, test.total, s.Of(test.total), s, err, test.want, test.canonical)
		}
	}
}

func TestShareErrors(t *testing.T) {
	for _, text := range []string{
		"", " ", "%", "-1", "+1", "-1%", "1.5", "1e3", "5 %", "5%%", "5,5%", ".5%", "5.%", "1.00001%", "0x10", "1000000000", "five", "5%\n", "٣%",
	} {
		want := fmt.Sprintf("%q is no number of people: write a count such as 25, or a percentage such as 5%% or 0.25%%", text)
		if s, err := ParseShare(text); err == nil || err.Error() != want || s != (Share{}) {
			t.Errorf("got %v, %v, want %s", s, err, want)
		}
	}
	for _, text := range []string{"100.0001%", "101%", "999999999%"} {
		if _, err := ParseShare(text); err == nil || err.Error() != fmt.Sprintf("%q is more than 100%%", text) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// A percentage is exact, rounded down, and reads back as it is written.
func TestShareIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(0, 1_000_000).Draw(t, "ten-thousandths of a percent")
		total := rapid.IntRange(0, 1<<31-1).Draw(t, "total")
		exact := new(big.Rat).SetFrac64(units, 10_000)
		s, err := ParseShare(exact.FloatString(4) + "%")
		if err != nil {
			t.Fatal(err)
		}
		product := new(big.Int).Mul(big.NewInt(units), big.NewInt(int64(total)))
		if want := product.Div(product, big.NewInt(1_000_000)).Int64(); int64(s.Of(total)) != want {
			t.Fatalf("%s of %d: got %d, want %d", s, total, s.Of(total), want)
		}
		if again, err := ParseShare(s.String()); err != nil || again != s {
			t.Fatalf("%s: got %v, %v", s, again, err)
		}
	})
}

func ExampleShare_Of() {
	limit, err := ParseShare("5%")
	if err != nil {
		panic(err)
	}
	fmt.Println(limit, "of 119 is", limit.Of(119))
	// Output: 5% of 119 is 5
}
