package roster

import (
	"context"
	"slices"
	"strings"
)

// duplicate is a later row of a user and, in the low half, the user's first row.
type duplicate uint64

func (d duplicate) row() int   { return int(d >> 32) }
func (d duplicate) first() int { return int(uint32(d)) }

// duplicates returns the later rows of each user, in order. Each value is a
// duplicate, in the space of hashes, which are those of all users in any order.
//
// Equal hashes only say where to look: whether two users are the same is settled by
// the users themselves, in another reading of the file.
func (r *Roster) duplicates(ctx context.Context, hashes []uint64) ([]uint64, error) {
	candidates := repeated(hashes)
	found := hashes[len(candidates):len(candidates)] // each has a first row, so the later ones fit
	for group := range slices.Chunk(candidates, r.groups) {
		var err error
		if found, err = r.compare(ctx, group, found); err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return found, nil
}

// repeated returns, in order, the hashes that are there more than once. They take
// the place of the first ones.
func repeated(hashes []uint64) []uint64 {
	slices.Sort(hashes)
	found := hashes[:0]
	for i := 1; i < len(hashes); i++ {
		h := hashes[i]
		if h == hashes[i-1] && (len(found) == 0 || found[len(found)-1] != h) {
			found = append(found, h)
		}
	}
	return found
}

// compare reads the roster for the users of some hashes and adds their later rows.
func (r *Roster) compare(ctx context.Context, hashes, found []uint64) ([]uint64, error) {
	firsts := make(map[string]uint32)
	for row, err := range r.rows(ctx, everyRow) {
		if err != nil {
			return nil, err
		}
		if row.fault != nil {
			continue
		}
		user := row.User.User
		if _, ok := slices.BinarySearch(hashes, r.hash(user)); !ok {
			continue
		}
		if first, ok := firsts[user]; ok {
			found = append(found, uint64(row.Row)<<32|uint64(first))
		} else {
			firsts[strings.Clone(user)] = uint32(row.Row)
		}
	}
	return found, nil
}
