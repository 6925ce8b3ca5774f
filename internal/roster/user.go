package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is one sound row. Row counts data rows from 1, bad ones too.
type User struct {
	Row     int
	User    string    // id or username, without surrounding blanks
	Message string    // of the row's own, "" for none
	Due     time.Time // zero: now, or the roster does not say
}

// Users streams the sound rows in order, duplicates included: Check tells which
// those are. It ends with an error if the file cannot be read to its end.
func (r *Roster) Users() iter.Seq2[User, error] { return r.Wanted(everyRow) }

// Wanted streams those of the Users whose rows are wanted. The other rows take
// little time. It asks for no row that there is not.
func (r *Roster) Wanted(wanted func(row int) bool) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) {
		for row, err := range r.rows(context.Background(), wanted) {
			switch {
			case err != nil:
				yield(User{}, err)
				return
			case row.fault != nil && row.fault.kind.fatal():
				yield(User{}, r.lost(row.Row, row.fault))
				return
			case row.fault == nil && wanted(row.Row) && !yield(row.User, nil):
				return
			}
		}
	}
}

func everyRow(int) bool { return true }

// row is a user, or what is wrong with it.
type row struct {
	User
	fault *fault
}

// rows streams all rows until ctx is done. Rows that are not wanted may be left
// out.
func (r *Roster) rows(ctx context.Context, wanted func(row int) bool) iter.Seq2[row, error] {
	const often = 4096
	return func(yield func(row, error) bool) {
		u, err := r.users(wanted)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer u.Close()
		for n := 0; ; n++ {
			if n%often == 0 && ctx.Err() != nil {
				yield(row{}, ctx.Err())
				return
			}
			next, err := u.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, r.wrap(err))
				return
			}
			if !yield(next, nil) {
				return
			}
		}
	}
}

func (u *users) next() (row, error) {
	u.skip(u.wanted)
	var got *fields
	fault, err := u.read(func() error {
		v, err := u.rows.Read()
		got, _ = v.(*fields)
		return err
	})
	next := row{User{Row: u.row}, fault}
	if err != nil || fault != nil {
		return next, err
	}
	next.User.User = strings.TrimSpace(got.User)
	if strings.TrimSpace(got.Message) != "" {
		next.Message = got.Message
	}
	if text := wrong(next.User.User); text != "" {
		next.fault = u.at(u.roster.user, text)
		return next, nil
	}
	if u.roster.due >= 0 {
		var err error
		if next.Due, err = u.roster.dueAt(strings.TrimSpace(got.Due)); err != nil {
			next.fault = u.at(u.roster.due, err.Error())
		}
	}
	return next, nil
}

// at is a fault of one field of the last record.
func (u *users) at(column int, text string) *fault {
	start, _ := u.csv.FieldPos(0)
	line, at := u.csv.FieldPos(column)
	return u.fault(badValue, u.lines.first+line-start, at, text)
}

const maxUser = 255 // bytes

// wrong says why a user cannot be addressed, or nothing.
func wrong(user string) string {
	switch {
	case user == "":
		return "empty user"
	case user == "." || user == "..":
		return fmt.Sprintf("user %q is no name", user)
	case strings.ContainsRune(user, utf8.RuneError):
		return fmt.Sprintf("user %.40q has text that could not be decoded", user)
	case len(user) > maxUser:
		return fmt.Sprintf("user of %d bytes; %d are allowed", len(user), maxUser)
	case strings.Contains(user, "+") && rounded.MatchString(user):
		return fmt.Sprintf("user %q is a number that a spreadsheet has rounded", user)
	}
	if i := strings.IndexFunc(user, unicode.IsControl); i >= 0 {
		c, _ := utf8.DecodeRuneInString(user[i:])
		return fmt.Sprintf("user %.40q has the control character %U", user, c)
	}
	if i := strings.IndexFunc(user, invisible); i >= 0 {
		c, _ := utf8.DecodeRuneInString(user[i:])
		return fmt.Sprintf("user %+.40q has the invisible character %U", user, c)
	}
	return ""
}

// invisible characters come along when names are copied from a page or a
// document. Whoever has one addresses nobody, or somebody else than it looks.
func invisible(r rune) bool {
	return r > unicode.MaxASCII && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

var rounded = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[eE]\+[0-9]+$`)
