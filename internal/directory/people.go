package directory

import (
	"crypto/sha256"
	"slices"

	"github.com/offboard-cli/offboard/internal/netex"
)

// people are those who have been read. A digest is long enough, and hard
// enough to find a second text for, that nobody is taken for somebody else.
type people map[digest]struct{}

type digest [16]byte

// add returns those of a page who were not there yet.
func (ps people) add(page []netex.Person) (fresh []netex.Person) {
	for _, p := range page {
		if !ps.has(p) {
			ps[digestOf(p)] = struct{}{}
			fresh = append(fresh, p)
		}
	}
	return fresh
}

func (ps people) has(p netex.Person) bool {
	_, known := ps[digestOf(p)]
	return known
}

func (ps people) all(page []netex.Person) bool {
	return !slices.ContainsFunc(page, func(p netex.Person) bool { return !ps.has(p) })
}

// digestOf tells people apart by id, and by username only where there is none.
func digestOf(p netex.Person) digest {
	key := "id " + p.ID
	if p.ID == "" {
		key = "username " + p.Username
	}
	sum := sha256.Sum256([]byte(key))
	return digest(sum[:16])
}
