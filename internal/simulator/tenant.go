// Package simulator is a netexCloud tenant as an http.Handler: the user web
// services as far as they are documented, people of its own, and faults by
// plain rules. It is what operators practise on and what tests run against,
// so it is stricter than the real thing rather than more lenient.
package simulator

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Options describe a tenant. The zero value knows nobody and works at once.
type Options struct {
	Token string // wanted in X-Cloud-Auth-Token; any token will do when empty

	People   []Person // the first ones, from ReadPeople
	Count    int      // made-up people that follow: user000001, user000002, ...
	Admins   int      // the first ones of these are administrators
	Off      float64  // share of these that is off at the start
	Open     bool     // an unknown user is created when first addressed
	Practice bool     // "missing" in a name is unknown, "fails" fails on training, "admin" is one
	Seed     uint64   // of everything made up; the same one repeats

	IndexBase    int           // of the list's startIndex: 0 or 1
	LenientIndex bool          // a startIndex below the base stands for it
	Envelope     bool          // get and list answer inside the envelope
	Settle       time.Duration // until a queued change is in force
	Latency      time.Duration // of every request that passes the checks
	Jitter       time.Duration // at most this much is added to Latency

	Rate              float64 // requests per second; 0: no limit
	Burst             int     // 0: one second's worth
	DecimalRetryAfter bool    // tenths of seconds instead of whole ones
	Outages           []Outage
	Rules             []Rule

	Log io.Writer // the access log, JSON lines; may be nil

	// For Start.
	AnyAddress bool        // listen where other machines can reach it too
	TLS        *tls.Config // nil: plain HTTP
}

// Tenant answers requests. Close it to have the whole log written.
type Tenant struct {
	options Options
	start   time.Time
	people  *directory
	state   *states
	faults  faults
	limit   *limit
	log     *accessLog
	jitter  *jitter

	serving sync.RWMutex // read-held by each request
	closing chan struct{}
	once    sync.Once
}

// New returns a tenant that starts now.
func New(o Options) (*Tenant, error) {
	if o.IndexBase != 0 && o.IndexBase != 1 {
		return nil, fmt.Errorf("index base %d: want 0 or 1", o.IndexBase)
	}
	if o.Rate < 0 || o.Burst < 0 || o.Count < 0 || o.Admins < 0 {
		return nil, errors.New("a rate, a burst and a number of people cannot be negative")
	}
	people, err := newDirectory(o)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	t := &Tenant{
		options: o,
		start:   start,
		people:  people,
		state:   newStates(start, o.Settle),
		faults:  newFaults(o),
		limit:   newLimit(o),
		log:     newAccessLog(o.Log),
		jitter:  &jitter{seed: o.Seed, most: o.Jitter},
		closing: make(chan struct{}),
	}
	t.switchOff()
	return t, nil
}

// switchOff sees to those who are off at the start.
func (t *Tenant) switchOff() {
	for i, p := range t.options.People {
		if p.Disabled {
			t.state.change(index(i), t.start, off, everywhere)
		}
	}
	if t.options.Off == 0 {
		return
	}
	for i := range t.options.Count {
		if fraction(mix(t.options.Seed^mix(^uint64(i)))) < t.options.Off {
			t.state.change(index(len(t.options.People)+i), t.start, off, everywhere)
		}
	}
}

// Close cuts requests short that are being held back, waits for the others
// and writes the rest of the log. Later requests are dropped.
func (t *Tenant) Close() error {
	t.once.Do(func() { close(t.closing) })
	t.serving.Lock()
	defer t.serving.Unlock()
	return t.log.close()
}

// ServeHTTP answers one request.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := entry{time: time.Now(), method: r.Method, sync: r.Header.Get(syncHeader), id: r.Header.Get(idHeader)}
	a := t.answer(r, &e)
	a.send(w)
}

// answer logs the answer before it is sent: who has got one finds it in the log.
func (t *Tenant) answer(r *http.Request, e *entry) answer {
	t.serving.RLock()
	defer t.serving.RUnlock()
	if t.closed() {
		return answer{}
	}
	a := t.admit(r, e)
	e.status = a.status
	t.log.add(e)
	return a
}

// admit is the gateway: outages and the rate limit come before everything.
func (t *Tenant) admit(r *http.Request, e *entry) answer {
	c, refused := t.parse(r)
	e.action, e.user = c.action, c.user
	if o := outageAt(t.options.Outages, e.time.Sub(t.start)); o != nil {
		return o.answer()
	}
	if wait := t.limit.wait(e.time); wait > 0 {
		return t.limit.throttled(r, wait)
	}
	if refused != nil {
		return refused.answer(r)
	}
	return t.handle(r, c, e)
}

func (t *Tenant) closed() bool {
	select {
	case <-t.closing:
		return true
	default:
		return false
	}
}

// hold returns false when the tenant was closed meanwhile. It does not look
// at the request's context: a server goes on when its client gives up.
func (t *Tenant) hold(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.closing:
		return false
	}
}
