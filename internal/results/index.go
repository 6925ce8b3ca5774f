package results

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/offboard-cli/offboard/internal/journal"
)

// index finds the lines about each row of a roster in the journal, whose own
// order is that of time.
type index struct {
	state     journal.State
	lines     []ref
	withdrawn map[int64]journal.Entry // by the offset of the answer that counts no more
}

type ref struct {
	offset int64
	row    uint32
}

// newIndex reads the journal once, and keeps where the lines of some kinds are.
func newIndex(path string, kinds ...journal.Kind) (*index, error) {
	x := &index{withdrawn: make(map[int64]journal.Entry)}
	err := journal.Scan(path, func(l journal.Line) error {
		if err := x.state.Apply(l); err != nil {
			return err
		}
		about := journal.KindAnswer // what a withdrawal takes back
		if x.state.Last().Action == journal.ActionLookup {
			about = journal.KindPerson
		}
		switch {
		case l.Kind == journal.KindWithdraw && slices.Contains(kinds, about):
			return x.withdraw(l)
		case slices.Contains(kinds, l.Kind):
			x.lines = append(x.lines, ref{l.Offset, uint32(l.Row)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(x.lines, func(a, b ref) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.offset, b.offset))
	})
	return x, nil
}

// withdraw marks the row's latest answer, if it has one: it is among the last
// lines, since only answers of the moment are taken back.
func (x *index) withdraw(l journal.Line) error {
	e, err := l.Entry()
	if err != nil {
		return err
	}
	if !e.Answered {
		return nil
	}
	for i := len(x.lines) - 1; i >= 0; i-- {
		if int(x.lines[i].row) == l.Row {
			x.withdrawn[x.lines[i].offset] = e
			return nil
		}
	}
	return fmt.Errorf("row %d: the journal withdraws an answer that it does not have", l.Row)
}

// row is what the journal says of one row, by time.
type row struct {
	number   int
	standing journal.Outcome
	entries  []journal.Entry
}

// rows yields the rows that the journal has such lines for, in the roster's
// order.
func (x *index) rows(f io.ReaderAt) iter.Seq2[row, error] {
	read := newLineReader(f)
	return func(yield func(row, error) bool) {
		for i := 0; i < len(x.lines); {
			r := row{number: int(x.lines[i].row)}
			r.standing = x.state.Standing(r.number)
			for ; i < len(x.lines) && int(x.lines[i].row) == r.number; i++ {
				e, err := x.entry(read, x.lines[i].offset)
				if err != nil {
					yield(r, err)
					return
				}
				r.entries = append(r.entries, e)
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// entry reads a line. An answer that was withdrawn says so.
func (x *index) entry(read *lineReader, offset int64) (journal.Entry, error) {
	text, err := read.line(offset)
	if err != nil {
		return journal.Entry{}, err
	}
	e, err := journal.Line{Text: text}.Entry()
	if w, ok := x.withdrawn[offset]; ok && err == nil {
		e.Outcome = cmp.Or(w.Outcome, journal.Unsent)
		e.Reason = w.Reason
	}
	return e, err
}

// lineReader reads lines at offsets that mostly go forward, along one front
// for each command that has worked on the run.
type lineReader struct {
	file   io.ReaderAt
	blocks []block // the one used last comes first
}

type block struct {
	offset int64
	bytes  []byte
}

const (
	blockSize = 1 << 20
	blocks    = 8
)

func newLineReader(f io.ReaderAt) *lineReader { return &lineReader{file: f} }

// line returns the line at offset, without its newline. It is valid until the
// next call.
func (r *lineReader) line(offset int64) ([]byte, error) {
	for i, b := range r.blocks {
		if text, ok := b.line(offset); ok {
			copy(r.blocks[1:i+1], r.blocks[:i])
			r.blocks[0] = b
			return text, nil
		}
	}
	for size := blockSize; ; size *= 4 {
		b, err := r.load(offset, size)
		if text, ok := b.line(offset); ok {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// load reads a block that begins a little before offset: the next lines asked
// for may stand before this one.
func (r *lineReader) load(offset int64, size int) (block, error) {
	var b block
	if len(r.blocks) == blocks {
		b = r.blocks[blocks-1]
		r.blocks = r.blocks[:blocks-1]
	}
	b.offset = max(0, offset-blockSize/4)
	b.bytes = slices.Grow(b.bytes[:0], size)[:size]
	n, err := r.file.ReadAt(b.bytes, b.offset)
	b.bytes = b.bytes[:n]
	r.blocks = slices.Insert(r.blocks, 0, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (b block) line(offset int64) ([]byte, bool) {
	at := offset - b.offset
	if at < 0 || at >= int64(len(b.bytes)) {
		return nil, false
	}
	end := bytes.IndexByte(b.bytes[at:], '\n')
	if end < 0 {
		return nil, false
	}
	return b.bytes[at : at+int64(end)], true
}
