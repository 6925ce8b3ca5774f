package roster

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	userNames  = []string{"user", "user_id_or_username", "username", "user_id", "id", "login"}
	delimiters = []rune{',', ';', '\t', '|'}
)

// fold makes names equal that differ in case and surrounding blanks.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func validDelimiter(d rune) bool {
	return d != 0 && utf8.ValidRune(d) && !strings.ContainsRune("\"\r\n\uFFFD", d)
}

// settleDelimiter finds the delimiter and reads the header.
func (r *Roster) settleDelimiter(opts Options) error {
	candidates := delimiters
	if d := opts.Delimiter; d != 0 {
		if !validDelimiter(d) {
			return r.refuse("use one like , ; | or a tab", "%q cannot be a delimiter", d)
		}
		candidates = []rune{d}
	} else if sep, err := r.sep(); err != nil {
		return err
	} else if sep != 0 {
		candidates = []rune{sep}
	}
	return r.tryDelimiters(candidates, opts.UserColumn)
}

// sep returns the delimiter that the file itself tells, or 0.
func (r *Roster) sep() (rune, error) {
	p, err := r.pass(',')
	if err != nil {
		return 0, err
	}
	defer p.Close()
	_ = p.lines.next() // an error comes again when the header is read
	return p.lines.sep, nil
}

// tryDelimiters takes the candidate that shows a user column, or else most columns.
func (r *Roster) tryDelimiters(candidates []rune, column string) error {
	var best []string
	var refusal *InputError
	known := false
	for _, d := range candidates {
		header, err := r.readHeader(d)
		if e, ok := errors.AsType[*InputError](err); ok {
			refusal = cmp.Or(refusal, e)
			continue
		}
		if err != nil {
			return err
		}
		shows := len(userColumns(header, column)) > 0
		if shows && !known || shows == known && len(header) > len(best) {
			known, best, r.dialect.Delimiter = shows, header, d
		}
	}
	if best == nil {
		return refusal
	}
	r.header = best
	return nil
}

func (r *Roster) readHeader(delimiter rune) ([]string, error) {
	p, err := r.pass(delimiter)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	var header []string
	fault, err := p.read(func() (err error) {
		header, err = p.csv.Read()
		return err
	})
	switch {
	case errors.Is(err, io.EOF):
		return nil, r.refuse(wantHeader, "the file is empty")
	case err != nil:
		return nil, r.wrap(err)
	case fault != nil:
		e := r.refuse(hintHeader, "the header cannot be read")
		e.Problems, e.Total = []Problem{fault.Problem}, 1
		return nil, e
	}
	return slices.Clone(header), nil
}

const (
	wantHeader = "a roster is a CSV with a header line"
	hintHeader = "correct the header line; if it is in order, name the separator with --delimiter"
)

// userColumns are the columns of the name that was told, or of any name that is
// a user's.
func userColumns(header []string, told string) []int {
	var found []int
	for i, name := range header {
		name = fold(name)
		if told != "" && name == fold(told) || told == "" && slices.Contains(userNames, name) {
			found = append(found, i)
		}
	}
	return found
}

// settleColumns finds the user's and the message's column. It never guesses.
func (r *Roster) settleColumns(told string) error {
	if slices.ContainsFunc(r.header, bareReturn) {
		return r.refuse("save it with Windows or Unix line ends", "its lines end in a carriage return alone")
	}
	found := userColumns(r.header, told)
	switch {
	case len(found) == 0 && told != "":
		return r.refuse(hintColumn, "no column %q among %s", told, list(r.header))
	case len(found) == 0:
		return r.refuse(hintColumn, "no user column among %s", list(r.header))
	case len(found) > 1 && fold(r.header[found[0]]) == fold(r.header[found[1]]):
		return r.refuse("rename one of them", "two columns are called %q", fold(r.header[found[0]]))
	case len(found) > 1:
		return r.refuse("choose one with --user-column", "more than one user column: %s", list(pick(r.header, found)))
	}
	r.user = found[0]
	r.dialect.UserColumn = r.header[r.user]
	return r.settleMessage()
}

const hintColumn = "name the column with --user-column, or the separator with --delimiter"

func (r *Roster) settleMessage() error {
	r.message = -1
	for i, name := range r.header {
		switch {
		case i == r.user || fold(name) != "message":
		case r.message >= 0:
			return r.refuse("rename one of them", "two columns are called %q", "message")
		default:
			r.message = i
		}
	}
	return nil
}

// settleDue finds the column that says when a user is due.
func (r *Roster) settleDue(opts Options) error {
	r.due, r.dueAt = -1, opts.Due
	if opts.DueColumn == "" {
		return nil
	}
	found := userColumns(r.header, opts.DueColumn)
	switch {
	case len(found) == 0:
		return r.refuse("name the column with --due-column", "no column %q among %s", opts.DueColumn, list(r.header))
	case len(found) > 1:
		return r.refuse("rename one of them", "two columns are called %q", fold(opts.DueColumn))
	case found[0] == r.user:
		return r.refuse("name another one with --due-column", "the column %q is the user's", opts.DueColumn)
	}
	r.due = found[0]
	return nil
}

// bareReturn finds a \r inside a name that no \n follows, as old Macs end lines.
func bareReturn(name string) bool {
	return strings.Contains(strings.TrimSpace(strings.ReplaceAll(name, "\r\n", "\n")), "\r")
}

func pick(header []string, columns []int) []string {
	var names []string
	for _, c := range columns {
		names = append(names, header[c])
	}
	return names
}

// list quotes names for an error, not more than one can read.
func list(names []string) string {
	const most = 20
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if more := len(names) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", more))
	}
	return strings.Join(quoted, ", ")
}
