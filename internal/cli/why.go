package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/rundir"
	"github.com/offboard-cli/offboard/internal/story"
)

func (a *app) whyCommand() *cobra.Command {
	var runs string
	cmd := &cobra.Command{
		Use:   "why USER",
		Short: "One person's story over all runs",
		Long: `Tell what the runs of a folder have on one person, by id or username: what was
found, planned and sent, when, and what every platform has answered. Nothing is
asked of a tenant. A person whom one run knows by id and another by username is
one person, as far as a lookup has told so.

It exits with 3 when no run knows the person.`,
		Example: "  offboard why jane.doe --runs /var/lib/offboard/runs",
		Args:    oneArg("one user, by id or username", "offboard why jane.doe"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.why(strings.TrimSpace(args[0]), runs) },
	}
	cmd.Flags().StringVar(&runs, "runs", "runs", "the folder that the runs are in, or one run")
	return cmd
}

func (a *app) why(user, dir string) error {
	folders, err := rundir.In(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("name the folder that the runs are in with --runs", "%s: there is no such folder", dir)
	}
	if err != nil {
		return usage("name the folder that the runs are in with --runs", "%v", err)
	}
	s := story.Tell(user, folders)
	for _, d := range s.Damaged {
		a.log.Warn("this folder could not be read to its end", "folder", d.Path, "cause", d.Why)
	}
	if a.json {
		a.printJSON(s)
	} else if len(s.Runs) > 0 {
		var p page
		p.story(s)
		p.WriteTo(a.Stdout)
	}
	if len(s.Runs) == 0 {
		return fail(exitFailed, "by id or username, as a roster or the tenant writes it; --runs names another folder",
			"no run knows %q: %s read in %s", user, plural(s.Read-len(s.Damaged), "run"), dir)
	}
	return nil
}

func (p *page) story(s story.Story) {
	for _, who := range s.People {
		p.line("person", harmless(describe(who)))
	}
	for _, r := range s.Runs {
		fmt.Fprintln(p)
		p.line("run", r.Path)
		p.line("tenant", tenantName(r.Tenant, r.Simulated))
		for _, row := range r.Rows {
			p.line("row", fmt.Sprintf("%s, %s", number(row.Row), harmless(row.User)))
			for _, e := range row.Events {
				p.event(e)
			}
			p.line("stands", stands(row))
		}
	}
}

func describe(who journal.Person) string {
	parts := []string{cmp.Or(who.Name, who.Username, who.ID)}
	for _, part := range [][2]string{{"id", who.ID}, {"username", who.Username}, {"email", who.Email}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, ", ")
}

func (p *page) event(e story.Event) {
	outcome := e.Outcome
	if e.Withdrew {
		outcome = "taken back"
	}
	line := fmt.Sprintf("  %s  %-7s %-10s  %-11s %s", e.Time.Local().Format(time.DateTime), e.Command, e.Action, outcome, details(e))
	fmt.Fprintln(p, strings.TrimRight(harmless(line), " "))
	if e.Answer == nil {
		return
	}
	for _, platform := range e.Answer.Platforms {
		text := fmt.Sprintf("%s %d", platform.Outcome, platform.Status)
		if platform.Message != "" {
			text += ", " + platform.Message
		}
		fmt.Fprintln(p, harmless(fmt.Sprintf("%43s%-11s %s", "", platform.Name, text)))
	}
}

// details are why, or what the answer says.
func details(e story.Event) string {
	var parts []string
	if a := e.Answer; a != nil {
		if a.HTTPStatus > 0 {
			parts = append(parts, fmt.Sprintf("HTTP %d", a.HTTPStatus))
		}
		parts = append(parts, plural(a.Attempts, "attempt"), (time.Duration(a.LatencyMS) * time.Millisecond).String())
		if a.Message != "" {
			parts = append(parts, a.Message)
		}
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	return strings.Join(parts, ", ")
}

// stands is where a row has got to.
func stands(row story.Row) string {
	s := string(row.Standing)
	if row.Undo != "" {
		s += ", undo " + string(row.Undo)
	}
	if row.Check != "" {
		s += ", found " + string(row.Check)
	}
	return s
}

// tenantName says of a simulated tenant that it is one.
func tenantName(name string, simulated bool) string {
	if simulated {
		return "SIMULATED: nobody real was touched"
	}
	return name
}
