package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// network puts a proxy between program and tenant, and has it misbehave. What
// it does to the connections is no answer of the tenant's, so nobody may end
// by it: whose answer is lost is sent again.
func network(l *lab, o options) (all []*verdict) {
	t, err := l.toxiproxy()
	if err != nil {
		v := &verdict{name: "network"}
		v.check(err)
		return []*verdict{v}
	}
	defer t.stop()
	outage := time.Duration(o.seconds) * time.Second
	flags := []string{
		// The rate has the work last for some seconds.
		"--rate", fmt.Sprintf("%d/s", max(100, o.users/10)),
		"--timeout", min(2*time.Second, outage/2).String(), "--outage", "2m", "--max-attempts", "20",
	}
	// Most of the time is spent waiting, so a few go at once.
	var work errgroup.Group
	work.SetLimit(3)
	for _, n := range troubles(outage) {
		v := &verdict{name: "network, " + n.name, cycles: 1}
		all = append(all, v)
		own, err := l.fork()
		if !v.check(err) {
			continue
		}
		p := &proxy{server: t, name: filepath.Base(own.dir)}
		work.Go(func() error {
			v.check(own.networkRun(v, p, n, o.users, flags))
			return nil
		})
	}
	_ = work.Wait() // the verdicts hold the errors
	return all
}

// trouble is what is wrong with a network.
type trouble struct {
	name   string
	toxics []toxic                                     // from the beginning
	meddle func(*experiment, *proxy, *process) error   // while the program is at work; may be nil
	tenant []string                                    // flags that bring the trouble out
	flags  []string                                    // of the run, likewise
	lossy  bool                                        // requests can get lost, not only answers
	mark   func(*experiment, map[string][]access) bool // what shows that it has struck
}

// answerSize is about that of an answer with its headers, in bytes.
const answerSize = 500

func troubles(outage time.Duration) []trouble {
	cut := toxic{Type: "limit_data", Toxicity: 1, Attributes: map[string]int{"bytes": 2*answerSize + answerSize/2}}
	return []trouble{
		{
			name:   "latency",
			toxics: []toxic{{Type: "latency", Toxicity: 1, Attributes: map[string]int{"latency": 150, "jitter": 100}}},
			mark:   slow(50),
		},
		{
			name:   "slow close",
			toxics: []toxic{{Type: "slow_close", Toxicity: 1, Attributes: map[string]int{"delay": 400}}},
			tenant: []string{"--fault", "share=20% drop=after times=1"},
			mark:   lateAgain(400 * time.Millisecond),
		},
		{
			name:   "reset",
			toxics: []toxic{{Name: "reset", Type: "reset_peer", Attributes: map[string]int{"timeout": 50}}},
			meddle: resetSome,
			mark:   again,
		},
		{
			name: "reset in mid-answer",
			// A reset toxic that strikes no connection still makes each one end
			// with a reset, where the other would close it in good order.
			toxics: []toxic{cut, {Type: "reset_peer", Attributes: map[string]int{"timeout": 0}}},
			lossy:  true, // when the limit is the end of an answer
			mark:   again,
		},
		{
			name:   "cut answers",
			toxics: []toxic{cut},
			lossy:  true,
			mark:   again,
		},
		{
			name:   "1 KB/s",
			toxics: []toxic{{Type: "bandwidth", Toxicity: 1, Attributes: map[string]int{"rate": 1}}},
			mark:   slow(200),
		},
		{name: "black hole, requests", meddle: hole("upstream", outage), lossy: true, mark: vanished},
		{name: "black hole, answers", meddle: hole("downstream", outage), lossy: true, mark: again},
		{name: "refused", meddle: refused(outage), lossy: true, mark: vanished},
		{
			// The first users have used up their attempts before it is an outage.
			name:   "refused, 2 attempts",
			meddle: refused(outage),
			flags:  []string{"--concurrency", "8", "--max-attempts", "2"},
			lossy:  true,
			mark:   withdrew,
		},
	}
}

// networkRun is one run through a bad network.
func (l *lab) networkRun(v *verdict, p *proxy, n trouble, users int, flags []string) error {
	e, err := l.experiment(v, setup{
		users:   users,
		workers: 32, // so many time-outs at once are an outage
		tenant:  append([]string{"--latency", "100ms", "--fault", refuses}, n.tenant...),
		flags:   append(flags[:len(flags):len(flags)], n.flags...),
	})
	if err != nil {
		return err
	}
	defer e.stop()
	if e.tenant.url, err = p.open(e.tenant.url, n.toxics); err != nil {
		return err
	}
	e.lossy = n.lossy
	end, err := e.runThrough(p, n.meddle)
	if err != nil {
		return err
	}
	e.note("ended after %s", end.took.Round(100*time.Millisecond))
	e.clean(end)
	if err := e.tenant.close(); err != nil || len(v.faults) > 0 {
		return err
	}
	e.judgeSent()
	e.once(func(r *row) int { return 1 + r.withdrawn() })
	return e.judgeNetwork(n)
}

// runThrough runs to the end while the network is meddled with.
func (e *experiment) runThrough(p *proxy, meddle func(*experiment, *proxy, *process) error) (ended, error) {
	at, err := e.start(e.goOn()...)
	if err != nil {
		return ended{}, err
	}
	if meddle != nil {
		if err := meddle(e, p, at); err != nil {
			at.cancel()
			at.wait()
			return ended{}, err
		}
	}
	return at.wait(), nil
}

// judgeNetwork finds that everybody ends as the tenant has said, whose answers
// to a user are alike here, and that there was trouble at all.
func (e *experiment) judgeNetwork(n trouble) error {
	puts, err := e.tenant.puts()
	if err != nil {
		return err
	}
	for i := range e.ledger.rows {
		r := &e.ledger.rows[i]
		if r.standing == "skipped" {
			continue
		}
		for _, a := range puts[e.roster.user(i+1)] {
			if a.Status != 0 && a.outcome() != r.standing {
				e.fault("%s ends as %s, and the tenant has answered %s", e.roster.user(i+1), r.standing, a.outcome())
				break
			}
		}
	}
	attempts, arrived := e.attempts(puts)
	e.note("%d attempts on record, %d arrived at the tenant", attempts, arrived)
	if !n.mark(e, puts) {
		e.fault("the trouble has left no mark")
	}
	return nil
}

// attempts are those on record, and those that have arrived.
func (e *experiment) attempts(puts map[string][]access) (recorded, arrived int) {
	for i := range e.ledger.rows {
		for _, l := range e.ledger.rows[i].answers {
			recorded += l.Answer.Attempts
		}
	}
	for _, came := range puts {
		arrived += len(came)
	}
	return recorded, arrived
}

// withdrawn are the failures that turned out to be an outage.
func (r *row) withdrawn() (n int) {
	for _, l := range r.answers {
		if l.Reason != "" {
			n++
		}
	}
	return n
}

// started waits until the tenant has heard of someone.
func (e *experiment) started(at *process) error {
	return e.poll("the first request", func() bool {
		info, err := os.Stat(e.tenant.log)
		return at.over() || err == nil && info.Size() > 0
	})
}

// during does a thing for a time, in the middle of the work.
func (e *experiment) during(at *process, d time.Duration, begin, end func() error) error {
	if err := e.started(at); err != nil {
		return err
	}
	if err := begin(); err != nil {
		return err
	}
	if at.waitFor(d) {
		e.fault("the run ended while nobody could be reached: %s", at.wait())
	}
	return end()
}

// hole swallows everything in one direction for a time. The connections are
// cut at the end of it.
func hole(stream string, d time.Duration) func(*experiment, *proxy, *process) error {
	x := toxic{Name: "hole", Type: "timeout", Stream: stream, Toxicity: 1, Attributes: map[string]int{"timeout": 0}}
	return func(e *experiment, p *proxy, at *process) error {
		return e.during(at, d, func() error { return p.add(x) }, func() error { return p.remove(x.Name) })
	}
}

func refused(d time.Duration) func(*experiment, *proxy, *process) error {
	return func(e *experiment, p *proxy, at *process) error {
		return e.during(at, d, func() error { return p.enable(false) }, func() error { return p.enable(true) })
	}
}

// resetSome has some of the connections reset at their next answer, again and
// again.
func resetSome(_ *experiment, p *proxy, at *process) error {
	for !at.waitFor(100 * time.Millisecond) {
		if err := p.roll("reset", 0.2); err != nil {
			return err
		}
	}
	return nil
}

// slow: no answer came in less time.
func slow(ms int64) func(*experiment, map[string][]access) bool {
	return func(e *experiment, _ map[string][]access) bool {
		for i := range e.ledger.rows {
			for _, l := range e.ledger.rows[i].answers {
				if l.Answer.LatencyMS < ms {
					return false
				}
			}
		}
		return true
	}
}

// again: someone came again, since an answer was lost.
func again(_ *experiment, puts map[string][]access) bool {
	for _, came := range puts {
		if len(came) > 1 {
			return true
		}
	}
	return false
}

// lateAgain: who came again took at least that long to hear of the loss.
func lateAgain(d time.Duration) func(*experiment, map[string][]access) bool {
	return func(e *experiment, puts map[string][]access) bool {
		for _, came := range puts {
			if len(came) > 1 && came[1].Time.Sub(came[0].Time) < d {
				return false
			}
		}
		return again(e, puts)
	}
}

// withdrew: some failures on record turned out to be an outage.
func withdrew(e *experiment, _ map[string][]access) bool {
	return slices.ContainsFunc(e.ledger.rows, func(r row) bool { return r.withdrawn() > 0 })
}

// vanished: some attempts have not arrived.
func vanished(e *experiment, puts map[string][]access) bool {
	attempts, arrived := e.attempts(puts)
	return arrived < attempts
}
