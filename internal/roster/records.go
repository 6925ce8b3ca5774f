package roster

import (
	"errors"
	"io"
	"iter"
)

// Record is a row with all its fields as they stand in the file.
type Record struct {
	Row    int
	Fields []string // as many as Header has; valid until the next step
}

// Records streams every row that can be read, in order, whatever its user is worth.
// Rows that cannot are left out, but counted in Row. It ends with an error if the
// file cannot be read to its end.
func (r *Roster) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		p, err := r.pass(r.dialect.Delimiter)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer p.Close()
		if _, err := p.csv.Read(); err != nil {
			yield(Record{}, r.wrap(err))
			return
		}
		for {
			record, fault, err := p.record()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(Record{}, r.wrap(err))
				return
			case fault != nil && fault.kind.fatal():
				yield(Record{}, r.lost(record.Row, fault))
				return
			case fault == nil && !yield(record, nil):
				return
			}
		}
	}
}

func (p *pass) record() (Record, *fault, error) {
	var got []string
	fault, err := p.read(func() (err error) {
		got, err = p.csv.Read()
		return err
	})
	return Record{p.row, got}, fault, err
}
