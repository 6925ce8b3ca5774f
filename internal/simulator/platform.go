package simulator

import (
	"math/bits"
	"strconv"
)

// The platforms, in the order of the documented answer.
const (
	training = iota
	social
	play
	management
	platforms // how many
)

var platformNames = [platforms]string{"training", "social", "play", "management"}

// set is a set of platforms, a bit for each.
type set uint8

const (
	everywhere set = 1<<platforms - 1
	// queueing are the platforms that an asynchronous call reaches through a
	// queue; the others change at once (documented example).
	queueing set = 1<<training | 1<<social
)

func (s set) has(p int) bool { return s&(1<<p) != 0 }

// platformNamed returns the set of one platform, or all for "".
func platformNamed(name string) (set, bool) {
	if name == "" {
		return everywhere, true
	}
	for p, n := range platformNames {
		if n == name {
			return 1 << p, true
		}
	}
	return 0, false
}

// result is one platform's share of an answer. Status 0 is none.
type result struct {
	status            int
	message, location string
}

type results [platforms]result

// The documented answers.
var (
	synchronous  = results{{status: 200}, {status: 204}, {status: 204}, {status: 204}}
	asynchronous = results{{status: 202}, {status: 202}, {status: 204}, {status: 204}}

	synchronousBody  = appendResults(nil, &synchronous)
	asynchronousBody = appendResults(nil, &asynchronous)
)

// appendResults appends the envelope. The generic status is 204 whatever the
// platforms say, as it is in the documented asynchronous answer.
func appendResults(b []byte, rs *results) []byte {
	b = append(b, `{"location":null,"message":"","responsePlatforms":{`...)
	for p, r := range rs {
		if p > 0 {
			b = append(b, ',')
		}
		b = appendString(b, platformNames[p])
		b = append(b, `:{"location":`...)
		b = appendText(b, r.location)
		b = append(b, `,"message":`...)
		b = appendText(b, r.message)
		b = append(b, `,"status":`...)
		b = strconv.AppendInt(b, int64(r.status), 10)
		b = append(b, '}')
	}
	return append(b, `},"status":204}`...)
}

// each calls f for every platform of the set.
func (s set) each(f func(p int)) {
	for ; s != 0; s &= s - 1 {
		f(bits.TrailingZeros8(uint8(s)))
	}
}

// envelope spares the usual answers from being written anew.
func envelope(rs *results) []byte {
	switch rs {
	case &synchronous:
		return synchronousBody
	case &asynchronous:
		return asynchronousBody
	}
	return appendResults(nil, rs)
}
