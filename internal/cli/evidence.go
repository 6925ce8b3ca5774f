package cli

import (
	"context"
	"errors"
	"io"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/evidence"
	"github.com/offboard-cli/offboard/internal/report"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// makeEvidence packs the record of a run that has ended, once it is verified.
func (a *app) makeEvidence(ctx context.Context, dir *rundir.Dir, output string) error {
	var v verdict
	err := a.examine(ctx, dir, &v)
	var found *wrong
	switch {
	case errors.As(err, &found):
		return fail(exitFailed, found.hint, "the record is no evidence: %v", found)
	case err != nil:
		return err
	case v.State == stateWorking:
		return fail(exitRefused, "wait for it; how far it is: "+command("status", dir.Path()), "a process is at work on %s", dir.Path())
	case v.State == stateKilled:
		return fail(exitRefused, command("resume", dir.Path())+" goes on with it", "%s has no end on record: its last command was killed", dir.Path())
	}
	source := report.Source{Journal: dir.File(rundir.Journal), State: v.record.State, Roster: v.roster}
	run := evidence.Run{Dir: dir, Record: v.record, Roster: v.roster, Report: func(w io.Writer) error {
		return report.Write(w, source)
	}}
	if err := durable.Plain(output); errors.Is(err, durable.ErrNotPlain) {
		return usage("name a file that is new or may be replaced", "--evidence: %v", err)
	}
	err = durable.ReplaceShared(output, func(w io.Writer) error { return evidence.Write(w, run) })
	if err != nil {
		return reportError(dir.Path(), output, err)
	}
	if a.json {
		a.printJSON(map[string]string{"evidence": output, "chain": v.Chain})
		return nil
	}
	var p page
	p.line("evidence", output)
	p.line("journal", plural(v.Lines, "line")+", chain "+v.Chain)
	p.WriteTo(a.Stdout)
	return nil
}
