package evidence

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
	"github.com/offboard-cli/offboard/internal/signature"
)

// Run is what the evidence is of: a run whose record was found sound, and on
// which nobody is at work.
type Run struct {
	Dir    *rundir.Dir
	Record *journal.Record
	Roster *roster.Roster
	Report func(io.Writer) error // writes report.html
}

const (
	reportName = "report.html"
	lagName    = "lag.csv"
)

// files are those of a run, in the order of the bundle, with what they are.
var files = []struct{ name, what string }{
	{rundir.Journal, "the record that all others are made from, a line for every step"},
	{rundir.Input, "the roster, byte for byte"},
	{rundir.Plan, "what was to be done, sealed before anything was"},
	{rundir.Results, "every answer: a line for the person (*) and one for each platform"},
	{rundir.Pending, "who is not confirmed by every platform"},
	{rundir.Failed, "who failed, and why"},
	{rundir.Summary, "the counts"},
}

// content is what the bundle's own text tells.
type content struct {
	Run, Tenant string
	Simulated   bool
	Ended       time.Time
	Rows        int
	Lines       int
	Chain       string
	Input       string
	Files       []file
	Signatures  []signed
	Lag         *results.LagSummary
}

type file struct{ Name, What string }

// signed is a signature, and the file that it is of.
type signed struct{ Name, Of, Namespace string }

//go:embed check.sh
var checkScript []byte

//go:embed readme.txt
var readme string

var readmeTemplate = template.Must(template.New("readme").Funcs(template.FuncMap{
	"legible": func(d time.Duration) time.Duration { return d.Round(time.Second) },
}).Parse(readme))

// Write writes a zip file with all that is to be known of a run.
func Write(w io.Writer, run Run) error {
	s := run.Record.State
	c := content{
		Run: s.Header.Run, Tenant: s.Header.Tenant, Simulated: s.Header.Simulated, Ended: s.Last().Ended,
		Rows: s.Checked.Rows, Lines: run.Record.Lines, Chain: run.Record.Chain, Input: s.Header.Input.SHA256,
	}
	b := newBundle(w, c.Ended)
	if err := b.add(reportName, durable.Mode, run.Report); err != nil {
		return err
	}
	c.Files = append(c.Files, file{reportName, "a page to look at"})
	for _, f := range files {
		if f.name == rundir.Plan && s.Plan == nil {
			continue // none is sealed
		}
		if err := b.addFile(f.name, run.Dir.File(f.name)); err != nil {
			return err
		}
		c.Files = append(c.Files, file{f.name, f.what})
	}
	if err := c.addSignatures(b, run.Dir); err != nil {
		return err
	}
	if err := c.addLags(b, run); err != nil {
		return err
	}
	if err := b.addText("check.sh", 0o700, checkScript); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := readmeTemplate.Execute(&text, c); err != nil {
		return err
	}
	if err := b.addText("README.txt", durable.Mode, text.Bytes()); err != nil {
		return err
	}
	return b.close()
}

// addSignatures adds every signature that stands in the run's folder.
func (c *content) addSignatures(b *bundle, dir *rundir.Dir) error {
	paths, err := filepath.Glob(dir.File("*.sig"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		namespace, err := signature.Namespace(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := b.addText(name, durable.Mode, text); err != nil {
			return err
		}
		of := strings.TrimSuffix(name, ".sig")
		c.Signatures = append(c.Signatures, signed{name, of, namespace})
		if of == rundir.Approval {
			if err := b.addFile(of, dir.File(of)); err != nil {
				return err
			}
			c.Files = append(c.Files, file{of, "what a second person has approved"})
		}
		c.Files = append(c.Files, file{name, "an SSH signature"})
	}
	return nil
}

// addLags adds who was off how long after the due time, if the roster says
// when that was.
func (c *content) addLags(b *bundle, run Run) error {
	if run.Record.State.Header.Settings["due-column"] == "" {
		return nil
	}
	c.Files = append(c.Files, file{lagName, "from the due time to the answer that confirmed the end, for each person"})
	return b.add(lagName, durable.Mode, func(w io.Writer) error {
		lags, err := results.WriteLags(w, results.Lags(run.Dir.File(rundir.Journal), run.Roster, run.Record.State))
		c.Lag = &lags
		return err
	})
}
