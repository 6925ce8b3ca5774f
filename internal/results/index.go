package results

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/offboard-cli/offboard/internal/journal"
)

// index finds the lines about each row of a roster in the journal, whose own
// order is that of time: 4 bytes for a row, and 16 for each further line.
type index struct {
	state     *journal.State
	first     []uint32                // by row - 1: where its first line stands behind its block's base; 0: it has none
	bases     []int64                 // by block of rows: the byte before its first line; 0: it has none
	more      []ref                   // the lines that first has no place for
	withdrawn map[int64]journal.Entry // by the offset of the answer that counts no more
}

type ref struct {
	offset int64
	row    uint32
}

// near are rows that share a base: most of them were sent one after the other.
const near = 256

// newIndex reads the journal of a run that stands at s once, and keeps where
// the lines of some kinds are.
func newIndex(path string, s *journal.State, kinds ...journal.Kind) (*index, error) {
	x := newIndexOf(s)
	stages := s.Stages
	about := journal.KindAnswer // what a withdrawal takes back
	err := journal.Scan(path, func(l journal.Line) error {
		switch {
		case l.Row > len(x.first):
			return fmt.Errorf("row %d: the journal has grown beyond its %d rows", l.Row, len(x.first))
		case l.Kind == journal.KindBegin && len(stages) > 0:
			about = recorded(stages[0].Action)
			stages = stages[1:]
		case l.Kind == journal.KindWithdraw && slices.Contains(kinds, about):
			return x.withdraw(l)
		case slices.Contains(kinds, l.Kind):
			x.add(l.Row, l.Offset)
		}
		return nil
	})
	x.sort()
	return x, err
}

func newIndexOf(s *journal.State) *index {
	rows := s.Checked.Rows
	return &index{
		state:     s,
		first:     make([]uint32, rows),
		bases:     make([]int64, (rows+near-1)/near),
		withdrawn: make(map[int64]journal.Entry),
	}
}

// sort closes the index: nothing can be added behind it.
func (x *index) sort() {
	slices.SortFunc(x.more, func(a, b ref) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.offset, b.offset))
	})
}

// recorded is the kind of line that an action ends in.
func recorded(action string) journal.Kind {
	if action == journal.ActionLookup {
		return journal.KindPerson
	}
	return journal.KindAnswer
}

// add takes in a line, which stands behind all that were added before.
func (x *index) add(row int, offset int64) {
	base := &x.bases[(row-1)/near]
	if *base == 0 {
		*base = offset - 1
	}
	behind := offset - *base
	if x.first[row-1] == 0 && behind <= math.MaxUint32 {
		x.first[row-1] = uint32(behind)
	} else {
		x.more = append(x.more, ref{offset, uint32(row)})
	}
}

// firstOf is where the row's line in first stands, 0 if it has none.
func (x *index) firstOf(row int) int64 {
	behind := x.first[row-1]
	if behind == 0 {
		return 0
	}
	return x.bases[(row-1)/near] + int64(behind)
}

// withdraw marks the row's latest answer, if it has one.
func (x *index) withdraw(l journal.Line) error {
	e, err := l.Entry()
	if err != nil || !e.Answered {
		return err
	}
	offset := x.latest(l.Row)
	if offset == 0 {
		return fmt.Errorf("row %d: the journal withdraws an answer that it does not have", l.Row)
	}
	x.withdrawn[offset] = e
	return nil
}

// latest is where the row's last line stands, before all are sorted; 0 if it
// has none. Mostly it is among the last ones of all.
func (x *index) latest(row int) int64 {
	first := x.firstOf(row)
	for i := len(x.more) - 1; i >= 0 && x.more[i].offset > first; i-- {
		if int(x.more[i].row) == row {
			return x.more[i].offset
		}
	}
	return first
}

// row is what the journal says of one row, by time.
type row struct {
	number   int
	standing journal.Outcome
	undone   bool // an undo has taken it over
	entries  []journal.Entry
}

// rows yields the rows that the journal has such lines for, in the roster's
// order.
func (x *index) rows(f io.ReaderAt) iter.Seq2[row, error] {
	read := newLineReader(f)
	return func(yield func(row, error) bool) {
		more := x.more
		var offsets []int64
		for i := range x.first {
			offsets, more = x.offsets(offsets[:0], i+1, more)
			if len(offsets) == 0 {
				continue
			}
			r, err := x.row(read, i+1, offsets)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// offsets adds where the row's lines stand, and returns what is left of more,
// which begins at this row or behind it.
func (x *index) offsets(dst []int64, row int, more []ref) ([]int64, []ref) {
	if first := x.firstOf(row); first > 0 {
		dst = append(dst, first)
	}
	for len(more) > 0 && int(more[0].row) == row {
		dst = append(dst, more[0].offset)
		more = more[1:]
	}
	return dst, more
}

func (x *index) row(read *lineReader, number int, offsets []int64) (row, error) {
	r := row{
		number:   number,
		standing: x.state.Standing(number),
		undone:   x.state.Undo(number) != journal.Unsent,
		entries:  make([]journal.Entry, len(offsets)),
	}
	for i, offset := range offsets {
		var err error
		if r.entries[i], err = x.entry(read, offset); err != nil {
			return r, err
		}
	}
	return r, nil
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
