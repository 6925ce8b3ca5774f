package results

import (
	"hash/maphash"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/roster"
)

var planHeader = []string{"verdict", "reason", "id", "username", "name", "enabled", "roles"}

// Candidate is a row that nothing speaks against yet.
type Candidate struct {
	Number int
	Answer *journal.Answer // to a lookup that has found nobody
	plan.Row
}

// Candidates yields the rows of a run that are not skipped, in the roster's
// order, with what the tenant has said of each. The journal stands at s. Memory
// grows by 8 bytes for each row, and by 16 for each further line of a lookup.
func Candidates(path string, s *journal.State, r *roster.Roster) iter.Seq2[Candidate, error] {
	return func(yield func(Candidate, error) bool) {
		people, err := openLookups(path, s)
		if err != nil {
			yield(Candidate{}, err)
			return
		}
		defer people.close()
		for u, err := range r.Users() {
			c := Candidate{Number: u.Row, Row: plan.Row{User: u.User, Due: u.Due, Seen: journal.Unsent}}
			if err == nil {
				err = people.complete(&c)
			}
			if err == nil && s.Barred(u.Row) {
				continue
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// lookups are what a journal says of the people of a roster.
type lookups struct {
	file  *os.File
	twins map[string][]int // rows by the person that they share
	at    func(number int) (row, error)
	stop  func()
}

func openLookups(path string, s *journal.State) (*lookups, error) {
	x, err := newIndex(path, s, journal.KindPerson, journal.KindSkip)
	if err != nil {
		return nil, err
	}
	f, err := durable.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	p := &lookups{file: f}
	p.at, p.stop = follow(x.rows(f))
	if p.twins, err = twins(x.rows(f), s.Checked.Rows); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *lookups) close() {
	p.stop()
	p.file.Close()
}

// complete adds what the journal says of the candidate's row.
func (p *lookups) complete(c *Candidate) error {
	r, err := p.at(c.Number)
	if err != nil {
		return err
	}
	e := r.person()
	if e.Row == 0 {
		return nil
	}
	c.Seen, c.Person = e.Outcome, e.Person
	if e.Person == nil {
		c.Answer, c.Why = e.Answer, e.Answer.Message
		return nil
	}
	if !isUser(e.Person, c.User) {
		c.Seen = journal.Ambiguous // two users of one hash
	}
	for _, other := range p.twins[identity(e.Person)] {
		if other != c.Number {
			c.Twin = other
			break
		}
	}
	return nil
}

func isUser(p *journal.Person, user string) bool {
	return strings.EqualFold(p.ID, user) || strings.EqualFold(p.Username, user)
}

// person is the row's latest lookup that counts.
func (r row) person() (last journal.Entry) {
	for _, e := range r.entries {
		if e.Kind == journal.KindPerson && e.Outcome != journal.Unsent {
			last = e
		}
	}
	return last
}

// skip is why the row is never sent, if it is not.
func (r row) skip() (last journal.Entry) {
	for _, e := range r.entries {
		if e.Kind == journal.KindSkip && e.Action == "" {
			last = e
		}
	}
	return last
}

func identity(p *journal.Person) string {
	if p.ID != "" {
		return "id " + strings.ToLower(p.ID)
	}
	return "username " + strings.ToLower(p.Username)
}

// twins finds the people whom more than one row means. Equal hashes only say
// where to look. There are no more rows than most.
func twins(rows iter.Seq2[row, error], most int) (map[string][]int, error) {
	seed := maphash.MakeSeed()
	hash := func(who string) uint32 { return uint32(maphash.String(seed, who)) }
	hashes := make([]uint32, 0, most)
	err := eachPerson(rows, func(_ int, who string) {
		hashes = append(hashes, hash(who))
	})
	if err != nil {
		return nil, err
	}
	repeated := repeated(hashes)
	if len(repeated) == 0 {
		return nil, nil
	}
	found := make(map[string][]int)
	err = eachPerson(rows, func(number int, who string) {
		if _, ok := slices.BinarySearch(repeated, hash(who)); ok {
			found[who] = append(found[who], number)
		}
	})
	return found, err
}

func eachPerson(rows iter.Seq2[row, error], visit func(number int, who string)) error {
	for r, err := range rows {
		if err != nil {
			return err
		}
		if e := r.person(); e.Person != nil {
			visit(r.number, identity(e.Person))
		}
	}
	return nil
}

// repeated returns, in order, the values that are there more than once.
func repeated(all []uint32) []uint32 {
	slices.Sort(all)
	var found []uint32
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] && (len(found) == 0 || found[len(found)-1] != all[i]) {
			found = append(found, all[i])
		}
	}
	return found
}

// follow returns the row of each number that it is asked for, in order; one
// without entries when there is none.
func follow(rows iter.Seq2[row, error]) (at func(number int) (row, error), stop func()) {
	next, stop := iter.Pull2(rows)
	r, err, more := next()
	return func(number int) (row, error) {
		for more && err == nil && r.number < number {
			r, err, more = next()
		}
		if more && (err != nil || r.number == number) {
			return r, err
		}
		return row{number: number}, nil
	}, stop
}

// WritePlan makes plan.csv from the journal: the roster's own columns, then
// what is to become of each row and who it is. It returns the number of rows
// by verdict. The journal stands at s.
func WritePlan(path, record string, s *journal.State, r *roster.Roster) (map[string]int, error) {
	people, err := openLookups(record, s)
	if err != nil {
		return nil, err
	}
	defer people.close()
	t, err := createTable(path, r.Dialect())
	if err != nil {
		return nil, err
	}
	defer t.Discard()
	x := extendAll(t, r.Header(), planHeader)
	verdicts := make(map[string]int)
	for rec, err := range r.Records() {
		if err != nil {
			return nil, err
		}
		row, err := people.at(rec.Row)
		if err != nil {
			return nil, err
		}
		cells := planCells(row)
		verdicts[cells[0]]++
		x.put(rec.Fields, cells)
	}
	return verdicts, t.Commit()
}

func planCells(r row) []string {
	skip, seen := r.skip(), r.person()
	cells := []string{string(plan.Deactivate), skip.Reason, "", "", "", "", ""}
	if skip.Row > 0 {
		cells[0] = skip.Verdict
	}
	if p := seen.Person; p != nil {
		cells[2], cells[3], cells[4] = defuse(p.ID), defuse(p.Username), defuse(p.Name)
		cells[6] = defuse(strings.Join(p.Roles, ";"))
		if seen.Outcome != journal.Ambiguous {
			cells[5] = strconv.FormatBool(seen.Outcome == journal.On)
		}
	}
	return cells
}
