package roster

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/gocarina/gocsv"
)

// pass is one reading of the roster, record by record.
type pass struct {
	io.Closer
	lines  *lines
	csv    *csv.Reader
	name   string
	fields int // of the header
	row    int
}

func (r *Roster) pass(delimiter rune) (*pass, error) {
	f, err := r.open()
	if err != nil {
		return nil, r.wrap(err)
	}
	if _, err := io.CopyN(io.Discard, f, int64(r.bom)); err != nil {
		f.Close()
		return nil, r.wrap(err)
	}
	l := newLines(decode(f, r.dialect.Encoding))
	l.lazy, l.dirty = r.dialect.LazyQuotes, r.dirty
	c := csv.NewReader(l)
	c.Comma, c.LazyQuotes = delimiter, r.dialect.LazyQuotes
	c.ReuseRecord = true              // its strings are new each time
	c.FieldsPerRecord = len(r.header) // 0 while that is being read
	return &pass{Closer: f, lines: l, csv: c, name: r.name, fields: len(r.header)}, nil
}

// read lets one record be read by get, and judges what came of it. The error is
// io.EOF at the end, and the fault nil if the record is sound.
func (p *pass) read(get func() error) (*fault, error) {
	if p.lines.err != nil {
		return nil, io.EOF // the last record said why
	}
	p.lines.begin()
	err := get()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	p.row++
	return p.judge(err)
}

// skip passes over the rows that are not wanted, as far as that takes no
// reading. The lines that csv counts are fewer then than those of the file.
func (p *pass) skip(wanted func(row int) bool) {
	for {
		n := p.lines.plain()
		if n == 0 || wanted(p.row+1) {
			return
		}
		p.lines.skip(n)
		p.row++
	}
}

func (p *pass) judge(err error) (*fault, error) {
	l := p.lines
	parse, misread := errors.AsType[*csv.ParseError](err)
	switch {
	case errors.Is(l.err, errRecordSize):
		return p.fault(openQuote, l.first, 1, "a record of over 1 MiB begins here; a quote may be missing, and nothing after it was read"), nil
	case errors.Is(l.err, io.EOF):
		return p.fault(openQuote, l.first, 1, "a quote is opened in the record that begins here and never closed"), nil
	case l.err != nil:
		return nil, l.err
	case misread:
		return p.misread(parse), nil
	case err != nil:
		return nil, err
	case l.lazy && l.line > l.first:
		return p.fault(brokenLine, l.first, 1, "a line break within quotes; with --lazy-quotes it may be a missing quote that hides the rows after it"), nil
	case l.badLine > 0:
		return p.fault(badValue, l.badLine, l.badCol, "a byte that is not UTF-8"), nil
	}
	return nil, nil
}

// misread explains a record that encoding/csv refused.
func (p *pass) misread(e *csv.ParseError) *fault {
	text, kind, column := "", badQuote, e.Column
	switch {
	case errors.Is(e, csv.ErrFieldCount):
		got := fieldCount(p.csv)
		text, kind = fmt.Sprintf("wrong number of fields: got %d, want %d", got, p.fields), badValue
		_, column = p.csv.FieldPos(min(got-1, p.fields)) // the first one too many, or else the last
	case errors.Is(e, csv.ErrBareQuote):
		text = "a quote in a field that does not begin with one"
	default:
		text = "a quote within a quoted field that is not doubled"
	}
	l := p.lines
	if l.line > l.first {
		return p.fault(badRecord, l.first, 1, fmt.Sprintf("%s, in the record of lines %d to %d", text, l.first, l.line))
	}
	return p.fault(kind, l.first, column, text)
}

func (p *pass) fault(k kind, line, column int, text string) *fault {
	return &fault{Problem{p.name, line, column, text}, k}
}

// fieldCount counts the fields of the last record. gocsv drops a record of the wrong
// length, and FieldPos, which still knows it, tells its end only by a panic.
func fieldCount(c *csv.Reader) (n int) {
	defer func() { _ = recover() }()
	for ; ; n++ {
		c.FieldPos(n)
	}
}

// fields are the columns of interest, by the names that rename gives them.
type fields struct {
	User    string `csv:"user"`
	Message string `csv:"message"`
	Due     string `csv:"due"`
}

// users is a pass over the users, by gocsv.
type users struct {
	*pass
	rows   *gocsv.Unmarshaller
	roster *Roster
	wanted func(row int) bool
}

func (r *Roster) users(wanted func(row int) bool) (*users, error) {
	p, err := r.pass(r.dialect.Delimiter)
	if err != nil {
		return nil, err
	}
	u := &users{pass: p, roster: r, wanted: wanted}
	if u.rows, err = gocsv.NewUnmarshaller(p.csv, (*fields)(nil)); err == nil {
		err = u.rows.RenormalizeHeaders(r.rename)
	}
	if err != nil {
		p.Close()
		return nil, r.wrap(err)
	}
	return u, nil
}

// rename leaves no header that gocsv could match by accident.
func (r *Roster) rename(header []string) []string {
	names := make([]string, len(header))
	names[r.user] = "user"
	if r.message >= 0 {
		names[r.message] = "message"
	}
	if r.due >= 0 {
		names[r.due] = "due"
	}
	return names
}
