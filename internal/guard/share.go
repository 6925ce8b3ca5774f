package guard

import (
	"fmt"
	"regexp"
	"strconv"
)

// Share is a number of people: a count, or a percentage of a total. The zero
// value is the count 0.
type Share struct {
	n       int64 // people, or ten-thousandths of a percent
	percent bool
}

var shareNotation = regexp.MustCompile(`^([0-9]{1,9})(?:\.([0-9]{1,4}))?(%?)$`)

const percent = 10_000 // in the units of Share

// ParseShare reads a count such as 25, or a percentage from 0% to 100% such as
// 5% or 0.25%.
func ParseShare(text string) (Share, error) {
	m := shareNotation.FindStringSubmatch(text)
	if m == nil || m[2] != "" && m[3] == "" {
		return Share{}, fmt.Errorf("%q is no number of people: write a count such as 25, or a percentage such as 5%% or 0.25%%", text)
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // nine digits always fit
	if m[3] == "" {
		return Share{n: n}, nil
	}
	fraction, _ := strconv.ParseInt((m[2] + "0000")[:4], 10, 64)
	n = n*percent + fraction
	if n > 100*percent {
		return Share{}, fmt.Errorf("%q is more than 100%%", text)
	}
	return Share{n, true}, nil
}

// Of is the share as people. A percentage is rounded down, so that a limit
// never lets one person more through than it says. A count is not cut to total.
func (s Share) Of(total int) int {
	if !s.percent {
		return int(s.n)
	}
	whole, rest := int64(total)/(100*percent), int64(total)%(100*percent)
	return int(whole*s.n + rest*s.n/(100*percent))
}

// String is the notation that ParseShare reads.
func (s Share) String() string {
	if !s.percent {
		return strconv.FormatInt(s.n, 10)
	}
	return strconv.FormatFloat(float64(s.n)/percent, 'f', -1, 64) + "%"
}
