package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

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
	if skipped := k.state().Checked.Rows - users; skipped > 0 && k.state().Plan == nil {
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
		return cutShort(ctx, "at the question")
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
