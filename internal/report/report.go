// Package report makes a page to look at from a run's record: one HTML file
// that needs nothing from outside and says the same whenever it is made again.
package report

import (
	"bufio"
	"embed"
	"html/template"
	"io"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/roster"
)

// Source is the run that a report is about.
type Source struct {
	Journal string         // its path
	State   *journal.State // where it stands
	Roster  *roster.Roster // nil: people are called what the journal calls them
	Working bool           // a process is at work on the run
	// Pseudonyms take the place of names; nil: everybody is named.
	Pseudonyms *Pseudonyms
}

// Write makes the report. Memory grows by a few bytes for each line of the journal
// about a row, and by what is shown of at most 100,000 people.
func Write(w io.Writer, s Source) error {
	p, err := read(s)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 256<<10)
	if err := layout.Execute(b, p); err != nil {
		return err
	}
	return b.Flush()
}

//go:embed page
var files embed.FS

var layout = template.Must(template.ParseFS(files, "page/*.html")).Lookup("report.html")

// read gathers what the page shows.
func read(s Source) (*page, error) {
	c, err := readChronicle(s.Journal, s.State)
	if err != nil {
		return nil, err
	}
	record, err := results.OpenRecord(s.Journal, s.State, s.Roster)
	if err != nil {
		return nil, err
	}
	defer record.Close()
	crowd := newCrowd(s.State, s.Pseudonyms)
	for p, err := range record.People() {
		if err != nil {
			return nil, err
		}
		crowd.add(p)
	}
	return newPage(s, c, crowd), nil
}
