package guard

import (
	"fmt"
	"slices"
	"testing"
)

func TestUsual(t *testing.T) {
	tests := []struct {
		sizes  []int
		median int
		ok     bool
	}{
		{nil, 0, false},
		{[]int{3, 4}, 0, false},
		{[]int{30, 10, 20}, 20, true},
		{[]int{4, 1, 3, 2}, 2, true},
		{[]int{7, 7, 7, 9000}, 7, true},
		{[]int{0, 0, 0}, 0, true},
	}
	for _, test := range tests {
		given := slices.Clone(test.sizes)
		median, ok := Usual(given)
		if median != test.median || ok != test.ok {
			t.Errorf("%v: got %d, %v, want %d, %v", test.sizes, median, ok, test.median, test.ok)
		}
		if !slices.Equal(given, test.sizes) {
			t.Errorf("%v became %v", test.sizes, given)
		}
	}
}

func TestUnusual(t *testing.T) {
	tests := []struct {
		size, median int
		want         bool
	}{
		{50, 0, false},
		{51, 0, true},
		{50, 1, false},
		{51, 10, true},
		{51, 11, false},
		{100, 20, false},
		{101, 20, true},
		{5000, 1000, false},
		{5001, 1000, true},
	}
	for _, test := range tests {
		if got := Unusual(test.size, test.median); got != test.want {
			t.Errorf("%d after a usual %d: got %v", test.size, test.median, got)
		}
	}
}

func ExampleUsual() {
	median, ok := Usual([]int{12, 9, 15, 11})
	fmt.Println(median, ok, Unusual(900, median))
	// Output: 11 true true
}
