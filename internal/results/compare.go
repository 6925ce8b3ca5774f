package results

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// Difference says where a view is not what follows from the journal.
type Difference struct {
	Path string
	Line int // from 1
}

func (d *Difference) Error() string { return "it is not what follows from the journal" }

// Compare makes all views of a run that stands at state anew, in a temporary
// folder, and returns the summary. A view that stands and is another one, to the byte, is a *Difference.
func Compare(p Paths, r *roster.Roster, state *journal.State) (Summary, error) {
	temporary, err := os.MkdirTemp("", "offboard-verify-")
	if err != nil {
		return Summary{}, err
	}
	defer os.RemoveAll(temporary)
	anew := func(path string) string { return filepath.Join(temporary, filepath.Base(path)) }
	summary, err := Write(Paths{p.Journal, anew(p.Results), anew(p.Pending), anew(p.Failed), anew(p.Summary)}, r, state)
	if err != nil {
		return summary, err
	}
	for _, view := range []string{p.Results, p.Pending, p.Failed, p.Summary} {
		if err := same(view, anew(view)); err != nil {
			return summary, err
		}
	}
	return summary, nil
}

// same compares a file that stands with the one that should.
func same(path, should string) error {
	stands, err := durable.Open(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer stands.Close()
	want, err := os.Open(should)
	if err != nil {
		return err
	}
	defer want.Close()
	line, err := firstDifference(stands, want)
	if err == nil && line > 0 {
		err = &Difference{path, line}
	}
	return err
}

// firstDifference is the number of the first line that differs, 0 when none
// does.
func firstDifference(a, b io.Reader) (int, error) {
	left, right := bufio.NewReaderSize(a, 256<<10), bufio.NewReaderSize(b, 256<<10)
	for n := 1; ; n++ {
		l, errLeft := left.ReadBytes('\n')
		r, errRight := right.ReadBytes('\n')
		for _, err := range []error{errLeft, errRight} {
			if err != nil && !errors.Is(err, io.EOF) {
				return 0, err
			}
		}
		switch {
		case !bytes.Equal(l, r):
			return n, nil
		case errLeft != nil: // and so has the other ended
			return 0, nil
		}
	}
}
