package roster

import "fmt"

// Problem is one thing wrong with the roster. Line and Column count from 1;
// Column counts bytes of the line in UTF-8.
type Problem struct {
	File         string
	Line, Column int
	Text         string
}

// String is file:line:column: text.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// InputError says that the roster cannot be used, so that nothing can be sent.
type InputError struct {
	File     string
	Text     string
	Problems []Problem // in the order of the file, the first 1000
	Total    int       // problems in all
	Hint     string    // what to do next
}

func (e *InputError) Error() string { return e.File + ": " + e.Text }

const maxProblems = 1000

// fault is a problem of one row, with how far it reaches.
type fault struct {
	Problem
	kind kind
}

// kind orders faults from the harmless to the grave.
type kind int

const (
	badValue kind = iota
	badQuote
	// From here on, leaving out the row would leave out others without a word.
	brokenLine
	badRecord
	openQuote
)

func (k kind) fatal() bool { return k >= brokenLine }

var hints = [...]string{
	badValue:   "correct the rows, or leave them out with --skip-invalid",
	badQuote:   "correct the rows, leave them out with --skip-invalid, or take quotes as plain text with --lazy-quotes",
	brokenLine: "correct the line, or leave out --lazy-quotes",
	badRecord:  "correct the record; --skip-invalid cannot leave it out, as other rows may be hidden in it",
	openQuote:  "close the quote; --skip-invalid cannot leave it out, as the rows after it would be lost",
}

// faults gathers what Check finds.
type faults struct {
	problems []Problem
	total    int
	worst    kind
}

func (f *faults) add(one *fault) {
	f.total++
	f.worst = max(f.worst, one.kind)
	if len(f.problems) < maxProblems {
		f.problems = append(f.problems, one.Problem)
	}
}

func (r *Roster) unusable(f faults, rows int) *InputError {
	e := r.refuse(hints[f.worst], "%d of %d rows cannot be used", f.total, rows)
	e.Problems, e.Total = f.problems, f.total
	return e
}

// lost is what a stream ends with where Check would refuse the file.
func (r *Roster) lost(rows int, one *fault) *InputError {
	var f faults
	f.add(one)
	return r.unusable(f, rows)
}
