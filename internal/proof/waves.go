package main

import (
	"slices"
	"time"
)

// waves are sent one after the other, and no further when somebody in one has
// failed.
func waves(l *lab, o options) []*verdict {
	v := &verdict{name: "waves"}
	v.check(l.wavesRun(v, o.users))
	return []*verdict{v}
}

// served is the least that the tenant takes for an answer here.
const served = 10 * time.Millisecond

func (l *lab) wavesRun(v *verdict, users int) error {
	s := mixed(users, 0)
	s.tenant = append(s.tenant, "--fault", `share=2% platform=social status=403 message="may not"`)
	s.flags = append(s.flags, "--waves", "3,10%,rest")
	e, err := l.experiment(v, s)
	if err != nil {
		return err
	}
	defer e.stop()
	e.halting = true
	var order [][]int
	for done := false; !done && len(v.faults) == 0; v.cycles++ {
		open := e.open()
		end, err := e.call(e.goOn()...)
		if err != nil {
			return err
		}
		e.clean(end)
		order = append(order, e.judgeWaves(open, end)...)
		done = end.code != stopped
	}
	if err := e.tenant.close(); err != nil || len(v.faults) > 0 {
		return err
	}
	e.judgeSent()
	e.once(func(*row) int { return 1 })
	return e.judgeOrder(order)
}

// open are the rows that are still to be sent, in their order.
func (e *experiment) open() (rows []int) {
	for i := range e.roster.rows {
		sent := i < len(e.ledger.rows) && e.ledger.rows[i].sent > 0
		if e.roster.fate(i+1).sent() && !sent {
			rows = append(rows, i+1)
		}
	}
	return rows
}

// judgeWaves finds that a command has sent three, then a tenth, then the rest
// of those who were open, up to the first wave in which somebody failed. It
// returns these waves.
func (e *experiment) judgeWaves(open []int, end ended) (order [][]int) {
	failed, rest := false, open
	for _, size := range []int{3, max(1, len(open)/10), len(open)} {
		wave := rest[:min(size, len(rest))]
		if rest = rest[len(wave):]; len(wave) == 0 {
			continue
		}
		for _, row := range wave {
			switch r := e.ledger.rows[row-1]; {
			case failed && r.sent > 0:
				e.fault("row %d was sent after a wave in which somebody had failed", row)
			case !failed && len(r.answers) == 0:
				e.fault("row %d was not sent in its wave: %s", row, end)
			}
		}
		if failed {
			continue
		}
		order = append(order, wave)
		failed = len(rest) > 0 && slices.ContainsFunc(wave, func(row int) bool { return e.ledger.rows[row-1].standing == "failed" })
	}
	if failed != (end.code == stopped) {
		e.fault("somebody in a wave before the last has failed: %v; %s", failed, end)
	}
	return order
}

// judgeOrder finds that nobody of a wave has arrived at the tenant before it had
// answered everybody of the wave before.
func (e *experiment) judgeOrder(order [][]int) error {
	puts, err := e.tenant.puts()
	if err != nil {
		return err
	}
	var answered time.Time
	for n, wave := range order {
		last := answered
		for _, row := range wave {
			for _, a := range puts[e.roster.user(row)] {
				if a.Time.Before(answered) {
					e.fault("row %d of wave %d arrived at %v, before the last answer to the wave before (%v)", row, n+1, a.Time, answered)
				}
				if at := a.Time.Add(served); at.After(last) {
					last = at
				}
			}
		}
		answered = last
	}
	return nil
}
