// Package roster reads the CSV of people to offboard: it settles the file's
// dialect, checks all of it before anything is sent, and streams its users.
package roster

import (
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"time"
)

// Options are the operator's settings; zero values mean "detect".
type Options struct {
	UserColumn string // header name, case and surrounding blanks do not matter
	Delimiter  rune
	Encoding   string // one of Encodings, or a usual alias
	LazyQuotes bool

	DueColumn string                               // header name likewise, "" for none
	Due       func(cell string) (time.Time, error) // reads its cells
}

// Dialect is what was found or told. Views of the roster are written in it.
type Dialect struct {
	Delimiter  rune
	Encoding   string // one of Encodings, never plain utf-16
	BOM        bool   // views begin with a UTF-8 byte order mark, so that the spreadsheet the roster came from opens them
	LazyQuotes bool
	UserColumn string // the header's text as it stands in the file
}

// SepLine is a first line that tells the delimiter of a view which is a roster
// too, "" if that is found without.
func (d Dialect) SepLine() string {
	if slices.Contains(delimiters, d.Delimiter) {
		return ""
	}
	return "sep=" + string(d.Delimiter) + "\n"
}

// Roster is an opened roster. It holds no file open: each reading opens its own.
type Roster struct {
	name    string
	open    func() (io.ReadCloser, error)
	dialect Dialect
	header  []string
	user    int // column
	message int // column, -1 if there is none
	due     int // likewise
	dueAt   func(cell string) (time.Time, error)

	bom   int  // bytes to leave out at the start
	dirty bool // called UTF-8, but not all of it is
	lines int  // line feeds in the file

	hash   func(string) uint64
	groups int // hashes that one pass of duplicates looks at
}

// Open settles the dialect of the file at path, for which it reads the whole
// file once, and reads its header. Errors call the file name.
//
// An *InputError says why the roster cannot be used; other errors come from the
// file system.
func Open(path, name string, opts Options) (*Roster, error) {
	r := newRoster(name, func() (io.ReadCloser, error) { return os.Open(path) })
	if err := r.settle(opts); err != nil {
		return nil, err
	}
	return r, nil
}

func newRoster(name string, open func() (io.ReadCloser, error)) *Roster {
	seed := maphash.MakeSeed()
	return &Roster{
		name:   name,
		open:   open,
		hash:   func(s string) uint64 { return maphash.String(seed, s) },
		groups: 500_000,
	}
}

func (r *Roster) settle(opts Options) error {
	if err := r.settleEncoding(opts.Encoding); err != nil {
		return err
	}
	r.dialect.LazyQuotes = opts.LazyQuotes
	if err := r.settleDelimiter(opts); err != nil {
		return err
	}
	if err := r.settleColumns(opts.UserColumn); err != nil {
		return err
	}
	return r.settleDue(opts)
}

// Dialect tells how the roster is written.
func (r *Roster) Dialect() Dialect { return r.dialect }

// Header returns the roster's column names, untouched.
func (r *Roster) Header() []string { return slices.Clone(r.header) }

// wrap gives an operating system's error the name the operator knows.
func (r *Roster) wrap(err error) error {
	return fmt.Errorf("%s: %w", r.name, err)
}

func (r *Roster) refuse(hint, format string, args ...any) *InputError {
	return &InputError{File: r.name, Text: fmt.Sprintf(format, args...), Hint: hint}
}
