package guard

import (
	"fmt"
	"strings"
)

// Waves is how people are taken a few at a time, before all the others. The
// zero value is one wave of everybody.
type Waves struct {
	first []Share // before the rest
}

const rest = "rest"

// ParseWaves reads counts and percentages that end in the word rest, such as
// 1,10,5%,rest. The rest is never left to be guessed: without the word, the
// others could be meant to go last, or not at all.
func ParseWaves(text string) (Waves, error) {
	var w Waves
	parts := strings.Split(text, ",")
	last := len(parts) - 1
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if i == last && part == rest {
			return w, nil
		}
		share, err := ParseShare(part)
		switch {
		case part == rest:
			return Waves{}, wrongWaves("%q stands before the end of %q", rest, text)
		case err != nil:
			return Waves{}, wrongWaves("part %d of %q: %w", i+1, text, err)
		case share.n == 0:
			return Waves{}, wrongWaves("part %d of %q: a wave of nobody", i+1, text)
		}
		w.first = append(w.first, share)
	}
	return Waves{}, wrongWaves("%q does not say what becomes of the others: end it with %s", text, rest)
}

func wrongWaves(format string, args ...any) error {
	return fmt.Errorf(format+" (waves are written as in 1,10,5%%,rest)", args...)
}

// Sizes are the people of each wave, in order, and total in all. Waves for
// which nobody is left are not there. A percentage is one of total, rounded
// down but at least one person: a trial of nobody would make the rest go first.
func (w Waves) Sizes(total int) []int {
	var sizes []int
	left := total
	for _, share := range w.first {
		size := min(max(1, share.Of(total)), left)
		if size > 0 {
			sizes = append(sizes, size)
			left -= size
		}
	}
	if left > 0 {
		sizes = append(sizes, left)
	}
	return sizes
}

// String is the notation that ParseWaves reads.
func (w Waves) String() string {
	var b strings.Builder
	for _, share := range w.first {
		b.WriteString(share.String() + ",")
	}
	return b.String() + rest
}
