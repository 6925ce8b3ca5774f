package roster

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Skip is a row that will not be sent, and why.
type Skip struct {
	Row     int
	User    string // "" if the row could not be read
	Reason  string
	Invalid bool // or else a duplicate
}

// Report counts the rows: Rows = Users + Invalid + Duplicates.
type Report struct {
	Rows       int
	Users      int // rows to be sent
	Invalid    int
	Duplicates int
	First      []string // the first three users to be sent
}

// Check reads the whole file. All problems come together as an *InputError, before
// skip is called for any row; with skipInvalid bad rows are handed to skip instead,
// but for those that may hide others. Every row whose user stands in an earlier one
// is handed to skip too. Skips come in the order of rows, and an error of skip ends
// the check.
//
// Memory is 8 bytes a row, and the users that one search for duplicates compares.
func (r *Roster) Check(ctx context.Context, skipInvalid bool, skip func(Skip) error) (Report, error) {
	report, hashes, err := r.inspect(ctx, skipInvalid)
	if err != nil {
		return report, err
	}
	duplicates, err := r.duplicates(ctx, hashes)
	if err != nil {
		return report, err
	}
	report.Duplicates = len(duplicates)
	report.Users = report.Rows - report.Invalid - report.Duplicates
	return report, r.tell(ctx, report.Invalid, duplicates, skip)
}

// inspect judges each row by itself, and returns the hashes of the sound users.
func (r *Roster) inspect(ctx context.Context, skipInvalid bool) (Report, []uint64, error) {
	var (
		report Report
		found  faults
	)
	hashes := make([]uint64, 0, min(r.lines, maxAhead))
	for row, err := range r.rows(ctx, everyRow) {
		switch {
		case err != nil:
			return report, nil, err
		case int64(row.Row) > math.MaxUint32:
			return report, nil, r.refuse("split it", "more than %d rows", uint32(math.MaxUint32))
		}
		report.Rows = row.Row
		switch {
		case row.fault == nil:
			hashes = append(hashes, r.hash(row.User.User))
			report.addFirst(row.User.User)
		case skipInvalid && !row.fault.kind.fatal():
			report.Invalid++
		default:
			found.add(row.fault)
		}
	}
	if found.total > 0 {
		return report, nil, r.unusable(found, report.Rows)
	}
	return report, hashes, nil
}

// maxAhead bounds what is set aside before the rows are seen.
const maxAhead = 16 << 20

func (r *Report) addFirst(user string) {
	const few = 3
	if len(r.First) < few && !slices.Contains(r.First, user) {
		r.First = append(r.First, strings.Clone(user))
	}
}

// tell reads the roster again, up to the last row to skip, rather than keep the
// reasons in memory.
func (r *Roster) tell(ctx context.Context, invalid int, duplicates []uint64, skip func(Skip) error) error {
	if invalid+len(duplicates) == 0 {
		return nil
	}
	for row, err := range r.rows(ctx, everyRow) {
		if err != nil {
			return err
		}
		s := Skip{Row: row.Row, User: row.User.User}
		switch {
		case row.fault != nil:
			s.Reason, s.Invalid = row.fault.Text, true
			invalid--
		case len(duplicates) > 0 && duplicate(duplicates[0]).row() == row.Row:
			s.Reason = fmt.Sprintf("duplicate of row %d", duplicate(duplicates[0]).first())
			duplicates = duplicates[1:]
		default:
			continue
		}
		if err := skip(s); err != nil {
			return err
		}
		if invalid+len(duplicates) == 0 {
			return nil
		}
	}
	return nil
}
