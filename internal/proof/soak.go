package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// soak runs for long at a rate, with one user in a hundred for each fault, and
// looks at what the process holds.
func soak(l *lab, o options) []*verdict {
	v := &verdict{name: "soak"}
	if runtime.GOOS != "linux" {
		v.skip = "reads what a process holds from /proc, which takes Linux"
		return []*verdict{v}
	}
	perSecond, err := strconv.Atoi(o.rates)
	if v.check(err) {
		v.check(l.soakRun(v, perSecond, time.Duration(o.seconds)*time.Second))
	}
	return []*verdict{v}
}

// soakFaults are the tenant's. A 429 halves the rate, so there is one for each
// 100,000 users: with more of them the rate would be the tenant's, and low.
var soakFaults = []string{
	"share=1% http=500 times=1", "share=1% http=502 times=1", "share=1% http=503 times=2",
	"share=1% http=403", "share=1% http=404",
	"share=1% drop=before times=1", "share=1% drop=after times=1",
	"share=1% body=html times=1", "share=1% body=cut times=1", "share=1% body=empty times=1",
	"share=1% delay=1s times=1", "share=0.1% delay=4s times=1",
	"share=1% platform=play status=202", "share=1% platform=training status=500 times=1", "share=1% platform=social status=409",
	"user=*00000 http=429 retry-after=1 times=1",
}

const soakWorkers = 256 // most of them wait before another attempt

func (l *lab) soakRun(v *verdict, perSecond int, length time.Duration) error {
	dir, err := l.folder()
	if err != nil {
		return err
	}
	// There is some work left when the time is up.
	v.users = perSecond * int(length/time.Second) * 21 / 20
	roster, run := filepath.Join(dir, "roster.csv"), filepath.Join(dir, "run")
	if err := longRoster(roster, v.users); err != nil {
		return err
	}
	args := []string{"--latency", "5ms"}
	for _, f := range soakFaults {
		args = append(args, "--fault", f)
	}
	t, err := l.logged(dir, v.users, args...)
	if err != nil {
		return err
	}
	defer t.stop()
	p, err := l.start("run", roster, "--dir", run, "--base-url", t.url, "--yes", "--quiet", "--async",
		"--rate", fmt.Sprintf("%d/s", perSecond), "--concurrency", strconv.Itoa(soakWorkers), "--timeout", "3s")
	if err != nil {
		return err
	}
	samples := p.observe(length)
	p.signal(syscall.SIGQUIT) // it dies telling what every goroutine does
	end := p.wait()
	v.cycles++
	v.judgeHoldings(l, samples, strings.Count(end.stderr, "\ngoroutine "))
	if len(v.faults) > 0 {
		return nil
	}
	return l.judgeSoak(v, run, t)
}

// judgeSoak has the rest sent, and finds that everybody was sent and has an
// answer.
func (l *lab) judgeSoak(v *verdict, run string, t *tenant) error {
	quit, err := l.standing(run)
	if err != nil {
		return err
	}
	if v.bound = quit.Users["unknown"]; v.bound > soakWorkers {
		v.fault("%d users are unknown, more than %d workers", v.bound, soakWorkers)
	}
	resumed, err := l.call("resume", run, "--quiet", "--rate", "unlimited")
	if err != nil {
		return err
	}
	if resumed.code != 3 {
		v.fault("resume: %s", resumed)
	}
	s, err := l.standing(run)
	if err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	puts, users, err := t.arrived()
	if err != nil {
		return err
	}
	recorded, err := attempts(journalOf(run))
	v.lost = v.users - s.Users["done"] - s.Users["pending"] - s.Users["failed"]
	v.leftOut = v.users - users
	v.twice = max(0, puts-recorded)
	v.note("%d done, %d pending, %d failed, after %d attempts", s.Users["done"], s.Users["pending"], s.Users["failed"], puts)
	return err
}
