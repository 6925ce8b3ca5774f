package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/report"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// reportFlags are those of `offboard report`.
type reportFlags struct {
	output       string
	pseudonymise bool
	evidence     string
}

func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "A page to look at: report.html",
		Long: `Make a page of a run: what came of it, in words and pictures, and everybody to
search. It is one file that needs nothing from outside, made from the journal alone;
it can be made again at any time, also while the run is at work.

With --pseudonymise, tokens take the place of names and identifiers, and the tenant's
own words are left out. The key of the tokens stays in the run's folder.

With --evidence, the record is verified and packed: the page, the journal, the
roster, the views, their digests, and how to check all of it with sha256sum and
ssh-keygen.`,
		Example: `  offboard report runs/20261124T090000Z-leavers
  offboard report runs/20261124T090000Z-leavers --pseudonymise --output for-support.html`,
		Args: oneArg("the folder of a run", "offboard report runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.makeReport(cmd.Context(), args[0], f)
		},
	}
	cmd.Flags().StringVar(&f.output, "output", "", "the file to write, - for stdout (default report.html in the run's folder)")
	cmd.Flags().StringVar(&f.evidence, "evidence", "", "the zip file to write instead: report, record and digests, for an auditor")
	cmd.Flags().BoolVar(&f.pseudonymise, "pseudonymise", false, "tokens instead of names, for passing on")
	return cmd
}

func (a *app) makeReport(ctx context.Context, path string, f reportFlags) error {
	if f.evidence != "" && (f.pseudonymise || f.output != "") {
		return usage("leave the others out", "--evidence holds the record itself, names and all: it goes with neither --pseudonymise nor --output")
	}
	dir, err := rundir.Look(path)
	if err != nil {
		return runError(path, err)
	}
	if f.evidence != "" {
		return a.makeEvidence(ctx, dir, f.evidence)
	}
	source, err := a.reportSource(dir, f.pseudonymise)
	if err != nil {
		return err
	}
	if f.output == "-" {
		return reportError(path, "stdout", report.Write(a.Stdout, source))
	}
	output := f.output
	if output == "" {
		output = dir.File(rundir.Report)
	}
	if err := replaceable(output); err != nil {
		return err
	}
	err = durable.ReplaceShared(output, func(w io.Writer) error { return report.Write(w, source) })
	if err != nil {
		return reportError(path, output, err)
	}
	a.printReport(output)
	return nil
}

// replaceable refuses what may be something else than an earlier report, such as
// the run's own record.
func replaceable(output string) error {
	if ext := strings.ToLower(filepath.Ext(output)); ext != ".html" && ext != ".htm" {
		return usage("name a file that ends in .html, or - for stdout", "--output: %q is no name of a page", output)
	}
	if err := durable.Plain(output); errors.Is(err, durable.ErrNotPlain) {
		return usage("name a file that is new or may be replaced, or - for stdout", "--output: %v", err)
	}
	return nil
}

func (a *app) printReport(output string) {
	if a.json {
		a.printJSON(map[string]string{"report": output})
		return
	}
	var p page
	p.line("report", output)
	p.WriteTo(a.Stdout)
}

// reportSource is what a report is made of. A roster that is gone, or another
// one, leaves people nameless who were never sent.
func (a *app) reportSource(dir *rundir.Dir, pseudonymise bool) (report.Source, error) {
	s := report.Source{Journal: dir.File(rundir.Journal)}
	var err error
	if s.State, err = journal.Load(s.Journal); err != nil {
		return s, journalError(dir.Path(), err)
	}
	s.Working = rundir.InUse(dir.Path()) != nil
	if s.Roster, err = openInput(dir, s.State.Header); err != nil {
		a.log.Warn("people are called what the journal calls them", "cause", err.Error())
	}
	if !pseudonymise {
		return s, nil
	}
	s.Pseudonyms, err = report.OpenPseudonyms(dir.File(rundir.Tokens))
	switch {
	case errors.Is(err, report.ErrKey):
		return s, usage("put the file back, or delete it: then a new key is made, and tokens change", "%v", err)
	case errors.Is(err, durable.ErrNotPlain):
		return s, notPlain(err)
	case err != nil:
		return s, reportError(dir.Path(), dir.File(rundir.Tokens), err)
	}
	return s, nil
}

// reportError says why a report could not be made.
func reportError(path, output string, err error) error {
	switch {
	case err == nil:
		return nil
	case ails(err):
		return fail(exitStopped, remedy(err)+", then try again; the run itself is on record", "%s: %v", output, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return usage("name a file in a folder that you may write to: --output FILE", "cannot write %s: %v", quote(filepath.Clean(output)), err)
	}
	return journalError(path, err)
}
