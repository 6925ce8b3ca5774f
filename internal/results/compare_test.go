package results

import (
	"strings"
	"testing"
)

func TestFirstDifference(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a\nb\n", "a\nb\n", 0},
		{"a\nb", "a\nb", 0},
		{"a\nb", "a\nb\n", 2},
		{"a\nb\n", "a\n", 2},
		{"a\n", "a\nb\n", 2},
		{"", "\n", 1},
		{"x\nb\n", "a\nb\n", 1},
		{strings.Repeat("a", 1<<20) + "\nb", strings.Repeat("a", 1<<20) + "\nc", 2},
	} {
		got, err := firstDifference(strings.NewReader(c.a), strings.NewReader(c.b))
		if got != c.want || err != nil {
			t.Errorf("%.9q, %.9q: got %d, %v, want %d", c.a, c.b, got, err, c.want)
		}
	}
}
