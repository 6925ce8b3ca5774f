package main

import "testing"

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values spread
		want   string
	}{
		{spread{7}, "7.0 (7.0-7.0)"},
		{spread{9, 1, 2}, "2.0 (1.0-9.0)"},
		{spread{4, 1, 9, 3}, "3.5 (1.0-9.0)"},
	} {
		if got := c.values.show("%.1f"); got != c.want {
			t.Errorf("%v: got %s, want %s", c.values, got, c.want)
		}
	}
}

func TestSpreadOver(t *testing.T) {
	got := spread{10, 30, 8}.over(spread{5, 10, 8}).show("%.0f")
	if want := "2 (1-3)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
