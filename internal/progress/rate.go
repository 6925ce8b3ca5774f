package progress

import "time"

const (
	window   = 30 * time.Second // what the rate looks back on
	interval = time.Second      // between two samples
)

type sample struct {
	at      time.Time
	settled int64
}

// recent keeps the samples of the window, oldest first.
type recent []sample

// rate returns users a second over the window, and 0 as long as that is not
// known.
func (r *recent) rate(now time.Time, settled int64) float64 {
	if n := len(*r); n == 0 || now.Sub((*r)[n-1].at) >= interval {
		*r = append(*r, sample{now, settled})
	}
	for len(*r) > 1 && now.Sub((*r)[1].at) >= window {
		*r = (*r)[1:]
	}
	first := (*r)[0]
	elapsed := now.Sub(first.at)
	if elapsed < interval {
		return 0
	}
	return float64(settled-first.settled) / elapsed.Seconds()
}
