package cli

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
)

// matcher finds the rows that mean a person. Equal hashes may deceive it; what
// it finds is compared with the roster when everybody is judged.
type matcher struct {
	seed  maphash.Seed
	keys  []key  // in the order of their hashes
	found []bool // by row
}

// key takes 12 bytes; with the hash in one piece it would be 16.
type key struct {
	high, low uint32 // of the hash
	row       uint32
}

func newKey(hash uint64, row int) key {
	return key{high: uint32(hash >> 32), low: uint32(hash), row: uint32(row)}
}

func (k key) hash() uint64 { return uint64(k.high)<<32 | uint64(k.low) }

func byHash(a, b key) int { return cmp.Compare(a.hash(), b.hash()) }

func newMatcher(l *look) (*matcher, error) {
	m := &matcher{seed: maphash.MakeSeed(), found: make([]bool, l.state().Checked.Rows+1)}
	for u, err := range l.roster.Wanted(func(row int) bool { return l.rows(l.journal, row) }) {
		if err != nil {
			return nil, err
		}
		m.keys = append(m.keys, newKey(m.hash(u.User), u.Row))
	}
	slices.SortFunc(m.keys, byHash)
	return m, nil
}

func (m *matcher) hash(user string) uint64 { return maphash.String(m.seed, strings.ToLower(user)) }

// match adds an entry for every row that means the person by id or username. A
// row that has meant somebody else already means nobody for sure.
func (m *matcher) match(entries []journal.Entry, p *netex.Person) []journal.Entry {
	names := []string{p.ID}
	if !strings.EqualFold(p.ID, p.Username) {
		names = append(names, p.Username)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, row := range m.rows(m.hash(name)) {
			e := journal.Entry{Kind: journal.KindPerson, Row: row, Outcome: enabled(p), At: now(), User: name, Person: batch.Person(p)}
			if m.found[row] {
				e.Outcome = journal.Ambiguous
			}
			m.found[row] = true
			entries = append(entries, e)
		}
	}
	return entries
}

func (m *matcher) rows(hash uint64) (rows []int) {
	i, _ := slices.BinarySearchFunc(m.keys, newKey(hash, 0), byHash)
	for ; i < len(m.keys) && m.keys[i].hash() == hash; i++ {
		rows = append(rows, int(m.keys[i].row))
	}
	return rows
}

func enabled(p *netex.Person) journal.Outcome {
	if p.Enabled {
		return journal.On
	}
	return journal.Off
}
