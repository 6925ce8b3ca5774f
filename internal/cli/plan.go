package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// makePlan makes the plan of a run, unless one is sealed: everybody is looked
// up and judged. Nothing is changed at the tenant.
func (a *app) makePlan(ctx context.Context, b job, k *task, r *ruleFlags) error {
	if k.state().Plan != nil || b.command != "plan" && r.idle() {
		return nil
	}
	rules, err := r.rules()
	if err != nil {
		return err
	}
	var l look
	blind := r.noLookup
	if !r.noLookup {
		b.action, b.mode, b.wants = journal.ActionLookup, "", isUnseen
		err := a.lookup(ctx, b, k, &l, r.maxPercent.set)
		if blind = errors.Is(err, errBlind) && b.command != planJob.command; blind {
			a.log.Warn("nobody is looked up: no names, no guard for administrators, no way back", "cause", err.Error())
		} else if err != nil {
			return err
		}
	}
	if err := k.judge(rules, blind); err != nil {
		return err
	}
	return k.seal(&l)
}

// judge records why rows are not to be sent.
func (k *task) judge(rules plan.Rules, blind bool) error {
	var entries []journal.Entry
	for c, err := range results.Candidates(k.dir.File(rundir.Journal), k.state(), k.roster) {
		if err != nil {
			return err
		}
		if blind {
			c.Seen = journal.Unsent
		}
		verdict, reason := rules.Judge(c.Row)
		if verdict == plan.Deactivate {
			continue
		}
		entries = append(entries, journal.Entry{
			Kind: journal.KindSkip, Row: c.Number, Outcome: verdict.Outcome(), At: now(),
			User: c.User, Reason: reason, Verdict: string(verdict), Answer: c.Answer,
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

// seal writes plan.csv and records that it is what will be done.
func (k *task) seal(l *look) error {
	verdicts, err := results.WritePlan(k.dir.File(rundir.Plan), k.dir.File(rundir.Journal), k.state(), k.roster)
	if err != nil {
		return err
	}
	digest, err := k.dir.Digest(rundir.Plan)
	if err != nil {
		return err
	}
	return k.journal.Append(journal.Entry{Kind: journal.KindPlan, At: now(), Plan: &journal.Plan{
		SHA256: digest, Verdicts: verdicts, People: l.people, Active: l.active, Calls: int(l.calls.Load()),
	}})
}

// confirm shows what is about to happen at a real tenant, and asks.
func (a *app) confirm(ctx context.Context, k *task, yes bool) error {
	users := k.state().Counts()[journal.Unsent]
	if yes || k.tenant.simulated || users == 0 {
		return nil
	}
	first, err := firstUsers(k)
	if err != nil {
		return err
	}
	var p page
	fmt.Fprintf(&p, "About to deactivate %s at %s\n", plural(users, "user"), k.tenant.name)
	fmt.Fprintf(&p, "  first:   %s\n", harmless(strings.Join(first, ", ")))
	if skipped := k.state().Checked.Rows - users; skipped > 0 {
		fmt.Fprintf(&p, "  skipped: %s\n", plural(skipped, "row"))
	}
	p.plan(k.state())
	p.WriteTo(a.Stderr)
	return a.ask(ctx, "Go on?")
}

// mayAsk refuses before any work what could not be asked after it.
func (a *app) mayAsk(t tenant, yes bool, users int) error {
	return a.mayAskFor("deactivated", "look at the roster once more, then add --yes", t, yes, users)
}

func (a *app) mayAskFor(what, hint string, t tenant, yes bool, users int) error {
	if yes || t.simulated || users == 0 || isTerminal(a.Stdin) && isTerminal(a.Stderr) {
		return nil
	}
	return usage(hint, "%s would be %s at %s, and nobody can be asked here", plural(users, "user"), what, t.name)
}

func (a *app) ask(ctx context.Context, question string) error {
	fmt.Fprintf(a.Stderr, "%s Type yes: ", question)
	answer, err := readLine(ctx, a.Stdin)
	if err != nil {
		fmt.Fprintln(a.Stderr)
		return fail(exitInterrupted, "nothing was sent", "interrupted at the question")
	}
	if s := strings.ToLower(strings.TrimSpace(answer)); s != "yes" && s != "y" {
		return fail(exitRefused, "nothing was sent", "not confirmed")
	}
	return nil
}

// few are as many people as a question names.
const few = 3

// called is a user with the name that the tenant has for them.
func called(user string, p *journal.Person) string {
	if p == nil || p.Name == "" {
		return user
	}
	return fmt.Sprintf("%s (%s)", p.Name, user)
}

// firstUsers are the first few who are to be sent, by the names that the
// tenant has for them.
func firstUsers(k *task) ([]string, error) {
	var names []string
	for c, err := range results.Candidates(k.dir.File(rundir.Journal), k.state(), k.roster) {
		if err != nil {
			return nil, err
		}
		if names = append(names, called(c.User, c.Person)); len(names) == few {
			break
		}
	}
	return names, nil
}

// plan prints a line for each verdict that rows have.
func (p *page) plan(s *journal.State) {
	if s.Plan == nil {
		return
	}
	remarks := map[plan.Verdict]string{
		plan.AlreadyOff: "nothing is sent for them",
		plan.NotDue:     "their day is not over yet",
		plan.Protected:  "by --protect or --self",
		plan.Admin:      "administrators; --include-admins sends them too",
		plan.Dropped:    "struck from the plan",
		plan.Duplicate:  "of an earlier row",
		plan.Invalid:    "rows that cannot be read",
		plan.NotFound:   "the tenant knows no such user",
		plan.Ambiguous:  "not clear who is meant",
		plan.NoAnswer:   "could not be looked up, and are left alone",
	}
	p.line("rows", fmt.Sprintf("%10s", number(s.Checked.Rows)))
	for _, v := range plan.Verdicts {
		if n := s.Plan.Verdicts[string(v)]; n > 0 || v == plan.Deactivate {
			p.count(string(v), n, remarks[v])
		}
	}
	if s.Plan.Active > 0 {
		n := s.Plan.Verdicts[string(plan.Deactivate)]
		p.line("tenant", fmt.Sprintf("%10s  people, %s of them active; %.1f %% of those would be switched off",
			number(s.Plan.People), number(s.Plan.Active), 100*float64(n)/float64(s.Plan.Active)))
	}
	if s.Plan.Calls > 0 {
		p.line("asked", fmt.Sprintf("%10s  of the tenant, to look everybody up", plural(s.Plan.Calls, "call")))
	}
	p.line("planned", s.Planned.Local().Format(time.DateTime))
}
