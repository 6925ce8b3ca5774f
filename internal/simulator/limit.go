package simulator

import (
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// limit is the tenant's rate limit.
type limit struct {
	bucket  *rate.Limiter // nil: none
	decimal bool
}

func newLimit(o Options) *limit {
	l := &limit{decimal: o.DecimalRetryAfter}
	if o.Rate > 0 {
		burst := o.Burst
		if burst == 0 {
			burst = max(1, int(o.Rate))
		}
		l.bucket = rate.NewLimiter(rate.Limit(o.Rate), burst)
	}
	return l
}

// wait takes a token and returns 0, or returns how long there will be none.
func (l *limit) wait(now time.Time) time.Duration {
	if l.bucket == nil || l.bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - l.bucket.TokensAt(now)
	return max(1, time.Duration(missing/float64(l.bucket.Limit())*float64(time.Second)))
}

func (l *limit) throttled(r *http.Request, wait time.Duration) answer {
	a := failure(r, http.StatusTooManyRequests, "Rate limit exceeded")
	if l.decimal {
		a.retryAfter = strconv.FormatFloat(math.Ceil(wait.Seconds()*10)/10, 'f', 1, 64)
	} else {
		a.retryAfter = strconv.Itoa(int(math.Ceil(wait.Seconds())))
	}
	return a
}

// jitter is what is added to the latency, the same sequence for a seed.
type jitter struct {
	seed uint64
	most time.Duration
	n    atomic.Uint64
}

func (j *jitter) next() time.Duration {
	if j.most <= 0 {
		return 0
	}
	return time.Duration(below(mix(j.seed^mix(j.n.Add(1))), uint64(j.most)+1))
}
