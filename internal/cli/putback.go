package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// putBack takes an undo from the look to its end: judge, guard, question, work.
func (a *app) putBack(ctx context.Context, u *undo, k *task) error {
	l := &look{task: k, log: a.log, again: "to go on: " + command(u.job().command, k.dir.Path()) + u.job().flags}
	if err := a.lookAgain(ctx, u, l); err != nil {
		return err
	}
	if err := u.judge(k); err != nil {
		return err
	}
	if err := a.confirmUndo(ctx, u, k, int(l.calls.Load())); err != nil {
		return err
	}
	if err := a.begin(u.job(), k); err != nil {
		return err
	}
	if err := u.record(k); err != nil {
		return err
	}
	return a.pool(ctx, u.job(), k, u.job().users(k.journal, k.roster))
}

// lookAgain looks up how the people are now.
func (a *app) lookAgain(ctx context.Context, u *undo, l *look) error {
	b := u.job()
	b.action, b.mode = journal.ActionLookup, ""
	b.wants = func(j *journal.Journal, row int) bool { return u.send[row-1] && !isSeen(j, row) }
	l.rows = b.wants
	if err := a.begin(b, l.task); err != nil {
		return err
	}
	return a.everybody(ctx, b, l, false)
}

// judge decides on everybody who was chosen, and writes undo.csv.
func (u *undo) judge(k *task) error {
	clear(u.verdicts)
	return results.WriteUndo(k.dir.File(rundir.Undo), k.dir.File(rundir.Journal), k.state(), k.roster, func(s results.Sent) (plan.Verdict, string) {
		if !u.chosen[s.Number-1] {
			return "", ""
		}
		v, reason := s.Judge(u.guess())
		u.verdicts[v]++
		if u.send[s.Number-1] = v == plan.Activate; u.send[s.Number-1] && len(u.first) < few {
			u.first = append(u.first, called(s.Names[0], s.Person))
		}
		return v, reason
	})
}

// record says of those whom the look speaks against why they are not sent.
func (u *undo) record(k *task) error {
	var entries []journal.Entry
	for s, err := range results.AllSent(k.dir.File(rundir.Journal), k.state(), k.roster) {
		if err != nil {
			return err
		}
		v, reason := s.Judge(u.guess())
		if !u.chosen[s.Number-1] || !v.Recorded() {
			continue
		}
		entries = append(entries, journal.Entry{
			Kind: journal.KindSkip, Row: s.Number, Outcome: v.Outcome(), At: now(), User: s.Names[0],
			Reason: reason, Verdict: string(v), Action: journal.ActionActivate,
		})
		if len(entries) == 500 {
			if err := k.journal.Append(entries...); err != nil {
				return err
			}
			entries = entries[:0]
		}
	}
	return k.journal.Append(entries...)
}

// confirmUndo shows what is about to happen, guards and asks.
func (a *app) confirmUndo(ctx context.Context, u *undo, k *task, calls int) error {
	users, table := u.due(), quote(k.dir.File(rundir.Undo))
	if u.maxUsers > 0 && users > int(u.maxUsers) {
		return refuse("look at "+table+"; if it is right, raise --max-users",
			"%s would be put back, and --max-users is %d", plural(users, "user"), u.maxUsers)
	}
	var p page
	fmt.Fprintf(&p, "About to put %s back at %s\n", plural(users, "user"), k.tenant.name)
	if users > 0 {
		fmt.Fprintf(&p, "  first:   %s\n", harmless(strings.Join(u.first, ", ")))
	}
	p.undoVerdicts(u.verdicts)
	p.line("asked", fmt.Sprintf("%10s  of the tenant, to look them up", plural(calls, "call")))
	p.line("who", table)
	p.WriteTo(a.Stderr)
	if u.yes || k.tenant.simulated || users == 0 {
		return nil
	}
	return a.ask(ctx, "Go on?")
}

func (p *page) undoVerdicts(verdicts map[plan.Verdict]int) {
	remarks := map[plan.Verdict]string{
		plan.OnAlready:    "left alone",
		plan.WasOff:       "off before the run, and left so",
		plan.UnknownPrior: "nobody knows whether they were on, and they are left alone",
		plan.PutBack:      "by an earlier undo",
		plan.NotFound:     "the tenant knows no such user any more",
		plan.SomebodyElse: "the user is not the person whom the run switched off",
		plan.Ambiguous:    "not clear who is meant",
		plan.NoAnswer:     "could not be looked up; the same command tries again",
	}
	for _, v := range plan.UndoVerdicts {
		if n := verdicts[v]; n > 0 || v == plan.Activate {
			p.count(string(v), n, remarks[v])
		}
	}
}
