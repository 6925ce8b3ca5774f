package guard

import "slices"

const (
	enoughRuns = 3  // to know what is usual
	farFactor  = 5  // times the usual size
	farPeople  = 50 // and more than so many people
)

// Usual is the median of the sizes of earlier runs, the lower one of two. It is
// not ok to judge by fewer than three runs.
func Usual(sizes []int) (median int, ok bool) {
	if len(sizes) < enoughRuns {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(sizes))
	return sorted[(len(sorted)-1)/2], true
}

// Unusual tells that a run of size people is far above the median of earlier
// ones: over five times as large, and over 50 people.
func Unusual(size, median int) bool {
	return size > farPeople && size > farFactor*median
}
