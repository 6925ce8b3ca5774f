package story

import (
	"bytes"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// record is what was read of one run's journal.
type record struct {
	folder string
	err    error                   // why it was not read to the end
	about  []journal.Line          // the lines about the run as a whole
	hits   map[int64]journal.Entry // those that name the person, by their offset
}

// findAll adds the lines that have one of the names, as user or as person.
func findAll(records []*record, names []string) {
	var readers errgroup.Group
	readers.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range records {
		readers.Go(func() error {
			r.find(names)
			return nil
		})
	}
	_ = readers.Wait() // each record keeps its own error
}

func (r *record) find(names []string) {
	if r.err = rundir.Exists(r.folder); r.err != nil {
		return
	}
	r.about = r.about[:0]
	needles := make([][]byte, len(names))
	for i, name := range names {
		needles[i] = []byte(name)
	}
	r.err = journal.Scan(filepath.Join(r.folder, rundir.Journal), func(l journal.Line) error {
		if l.Row == 0 {
			l.Text = bytes.Clone(l.Text)
			r.about = append(r.about, l)
			return nil
		}
		if !mayName(l, needles) {
			return nil
		}
		e, err := l.Entry()
		if err == nil && named(e, names) {
			r.hits[l.Offset] = e
		}
		return err
	})
}

// mayName spares most lines the decoding: a name stands in them as it is, but
// for characters that JSON escapes.
func mayName(l journal.Line, names [][]byte) bool {
	if contains(field(l.Text, `"user":"`), names) {
		return true
	}
	if l.Kind != journal.KindPerson {
		return false
	}
	_, person, _ := bytes.Cut(l.Text, []byte(`"person":{`))
	return contains(field(person, `"id":"`), names) || contains(field(person, `"username":"`), names)
}

// field is the text of a string field, up to its first quote or escape.
func field(text []byte, key string) []byte {
	_, value, _ := bytes.Cut(text, []byte(key))
	if end := bytes.IndexByte(value, '"'); end >= 0 {
		return value[:end]
	}
	return value
}

func contains(value []byte, names [][]byte) bool {
	return bytes.IndexByte(value, '\\') >= 0 ||
		slices.ContainsFunc(names, func(name []byte) bool { return bytes.EqualFold(value, name) })
}

func named(e journal.Entry, names []string) bool {
	is := func(text string) bool {
		return text != "" && slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(text, name) })
	}
	return is(e.User) || e.Person != nil && (is(e.Person.ID) || is(e.Person.Username))
}
