package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// rate counts arrivals in the tenant's log.
func rate(l *lab, o options) (all []*verdict) {
	for r := range strings.SplitSeq(o.rates, ",") {
		perSecond, err := strconv.Atoi(r)
		v := &verdict{name: "rate " + r + "/s"}
		if v.check(err) {
			v.check(l.rateRun(v, pace{perSecond, o.burst}, o.seconds))
		}
		all = append(all, v)
	}
	faulty := &verdict{name: "rate 200/s, faults"}
	faulty.check(l.rateRun(faulty, pace{200, o.burst}, o.seconds,
		"--fault", "share=5% http=503 times=1", "--fault", "share=5% platform=training status=500 times=2"))
	limited := &verdict{name: "rate 200/s, limit 50/s"}
	limited.check(l.limitRun(limited, o.seconds))
	looked := &verdict{name: "rate 200/s, looks"}
	looked.check(l.looksRun(looked, pace{200, o.burst}, o.seconds))
	return append(all, faulty, limited, looked)
}

// pace is a rate per second and its burst; zero takes the program's own.
type pace struct{ rate, burst int }

func (p pace) bound() int {
	if p.burst > 0 {
		return p.rate + p.burst
	}
	return p.rate + max(1, p.rate/20)
}

func (p pace) flags() []string {
	flags := []string{"--rate", fmt.Sprintf("%d/s", p.rate)}
	if p.burst > 0 {
		flags = append(flags, "--burst", strconv.Itoa(p.burst))
	}
	return flags
}

// rateRun sends for as many seconds as asked.
func (l *lab) rateRun(v *verdict, p pace, seconds int, faults ...string) error {
	all, err := l.arrivals(v, p.setup(p.rate*seconds, faults...))
	if err != nil || len(v.faults) > 0 {
		return err
	}
	most := v.judgeWindow(p, all)
	// The last retries come alone.
	all = all[:len(all)*95/100]
	mean := float64(len(all)-1) / all[len(all)-1].Time.Sub(all[0].Time).Seconds()
	// A short run cannot tell a late first request from a low rate.
	allowed := 0.01
	if seconds < 30 {
		allowed = 0.05
	}
	off := mean/float64(p.rate) - 1
	v.note("mean %.2f/s (%+.2f %%), at most %d in a second (allowed %d)", mean, 100*off, most, p.bound())
	if math.Abs(off) > allowed {
		v.fault("the mean rate is off by %.2f %%, more than %.0f %%", 100*off, 100*allowed)
	}
	return nil
}

// limitRun asks for more than the tenant allows.
func (l *lab) limitRun(v *verdict, seconds int) error {
	const limit = 50
	p := pace{rate: 200}
	all, err := l.arrivals(v, p.setup(limit*2*seconds, "--limit", "50/s"))
	if err != nil || len(v.faults) > 0 {
		return err
	}
	most := v.judgeWindow(p, all)
	settled := all[0].Time.Add(time.Duration(seconds) * time.Second)
	last := all[len(all)*95/100].Time
	served, refused := 0, 0
	for _, a := range all {
		switch {
		case a.Time.Before(settled) || a.Time.After(last):
		case a.Status == 429:
			refused++
		default:
			served++
		}
	}
	used := float64(served) / last.Sub(settled).Seconds() / limit
	share := float64(refused) / float64(max(1, served+refused))
	v.note("from second %d on: %.1f %% of the tenant's limit used, %.2f %% refused; at most %d in a second", seconds, 100*used, 100*share, most)
	if seconds >= 60 && (used < 0.95 || share >= 0.02) {
		v.fault("want 95 %% used, and less than 2 %% refused")
	}
	return nil
}

// looksRun looks everybody up by name, plans, and looks at everybody once more
// before they are sent: lookups and deactivations have one rate.
func (l *lab) looksRun(v *verdict, p pace, seconds int) error {
	s := p.setup(p.rate*seconds/3, "--fault", "action=list http=403")
	s.looks, s.planned, s.apply = true, true, []string{"--recheck"}
	all, err := l.arrivals(v, s)
	if err != nil || len(v.faults) > 0 {
		return err
	}
	puts := 0
	for _, a := range all {
		if a.Method == "PUT" {
			puts++
		}
	}
	v.note("%d lookups and %d deactivations, at most %d in a second (allowed %d)", len(all)-puts, puts, v.judgeWindow(p, all), p.bound())
	return nil
}

func (v *verdict) judgeWindow(p pace, all []access) int {
	most := densest(all)
	if most > p.bound() {
		v.fault("%d requests in one second, more than rate + burst = %d", most, p.bound())
	}
	return most
}

// setup is for a run at the pace.
func (p pace) setup(users int, tenant ...string) setup {
	return setup{users: users, workers: 64, tenant: append([]string{"--latency", "5ms"}, tenant...), flags: p.flags()}
}

// arrivals makes a whole run, and returns what the tenant has seen of it, by
// time.
func (l *lab) arrivals(v *verdict, s setup) ([]access, error) {
	e, err := l.experiment(v, s)
	if err != nil {
		return nil, err
	}
	defer e.stop()
	for sending := false; !sending && len(v.faults) == 0; sending = e.ledger.sending {
		end, err := e.call(e.goOn()...)
		if err != nil {
			return nil, err
		}
		e.clean(end)
	}
	if err := e.tenant.close(); err != nil {
		return nil, err
	}
	e.judgeSent()
	all, err := readAccess(e.tenant.log)
	if err == nil && len(all) < 3 {
		err = fmt.Errorf("%d requests are too few to see a rate", len(all))
	}
	return byTime(all), err
}
