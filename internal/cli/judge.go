package cli

import (
	"context"
	"errors"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// makePlan makes the plan of a run, unless one is sealed: everybody is looked
// up and judged. Nothing is changed at the tenant.
func (a *app) makePlan(ctx context.Context, b job, k *task, r *ruleFlags) error {
	if k.state().Plan != nil || b.command != planJob.command && r.idle() {
		return nil
	}
	b.action, b.mode, b.wants = journal.ActionLookup, "", isUnseen
	if err := a.begin(b, k); err != nil {
		return err
	}
	// A list tells of two people whom one user may mean, so it is searched for
	// those who are known too.
	l := &look{task: k, log: a.log, rows: isUnsent, again: "to go on: " + command(b.next(k.state()), k.dir.Path())}
	blind := r.noLookup
	if !r.noLookup {
		err := a.lookup(ctx, b, l, r.maxPercent.set)
		if blind = errors.Is(err, errBlind) && b.command != planJob.command; blind {
			a.log.Warn("nobody is looked up: no names, no guard for administrators, no way back", "cause", err.Error())
		} else if err != nil {
			return err
		}
	}
	roles, err := k.judge(blind)
	if err != nil {
		return err
	}
	if roles == noneTold && !r.includeAdmins {
		a.log.Warn("the tenant tells nobody's roles: administrators are not recognised", "hint", "name them with --protect")
	}
	sealed := journal.Plan{People: l.people, Active: l.active, Calls: int(l.calls.Load()), NoRoles: roles == noneTold}
	return k.seal(sealed, journal.Entry{Kind: journal.KindEnd, At: now(), End: &journal.End{Command: b.command}})
}

// told is whether the tenant has told the roles of anybody.
type told int

const (
	nobodySeen told = iota
	noneTold
	someTold
)

// judge records why rows are not to be sent.
func (k *task) judge(blind bool) (roles told, err error) {
	var entries []journal.Entry
	for c, err := range results.Candidates(k.dir.File(rundir.Journal), k.state(), k.roster) {
		if err != nil {
			return roles, err
		}
		if blind {
			c.Seen, c.Person = journal.Unsent, nil
		}
		if c.Person != nil {
			roles = max(roles, noneTold)
			if len(c.Person.Roles) > 0 {
				roles = someTold
			}
		}
		verdict, reason := k.rules.Judge(c.Row)
		if verdict == plan.Deactivate {
			continue
		}
		entries = append(entries, journal.Entry{
			Kind: journal.KindSkip, Row: c.Number, Outcome: verdict.Outcome(), At: now(),
			User: c.User, Reason: reason, Verdict: string(verdict), Answer: c.Answer,
		})
		if len(entries) == manyEntries {
			if err := k.journal.Append(entries...); err != nil {
				return roles, err
			}
			entries = entries[:0]
		}
	}
	return roles, k.journal.Append(entries...)
}

// seal writes plan.csv and records that it is what will be done, and what else
// is to be recorded with that.
func (o *opened) seal(p journal.Plan, more ...journal.Entry) error {
	verdicts, err := results.WritePlan(o.dir.File(rundir.Plan), o.dir.File(rundir.Journal), o.journal.State(), o.roster)
	if err != nil {
		return err
	}
	digest, err := o.dir.Digest(rundir.Plan)
	if err != nil {
		return err
	}
	p.SHA256, p.Verdicts = digest, verdicts
	return o.journal.Append(append([]journal.Entry{{Kind: journal.KindPlan, At: now(), Plan: &p}}, more...)...)
}
