package main

import (
	"fmt"
	"slices"
)

// spread is what several rounds have measured.
type spread []float64

// median of an even number of values is the mean of the middle two.
func (s spread) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// over is the ratio to another spread, round by round: what holds one sender
// up in a round holds up the other.
func (s spread) over(other spread) spread {
	ratios := make(spread, len(s))
	for i := range s {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// show is the median and, in brackets, the least and the most.
func (s spread) show(format string) string {
	return fmt.Sprintf(format+" ("+format+"-"+format+")", s.median(), slices.Min(s), slices.Max(s))
}
