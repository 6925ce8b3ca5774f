package report

import (
	"slices"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// list is what the page's script knows of people, by columns: it is short, and
// a browser reads it fast. A word that many share is an index.
type list struct {
	Standings []journal.Outcome `json:"standings"`
	Platforms []string          `json:"platforms"`
	Words     []string          `json:"words"` // what a platform has said; the first is nothing
	Reasons   []string          `json:"reasons"`
	Remarks   []string          `json:"remarks"`

	Rows     []int    `json:"rows"`
	Users    []string `json:"users"`
	Names    []string `json:"names"`
	Standing []int    `json:"standing"`
	Reason   []int    `json:"reason"`
	Remark   []int    `json:"remark"`
	Said     [][]int  `json:"said"` // by platform
	Attempts []int    `json:"attempts"`
	At       []int64  `json:"at"` // Unix seconds, 0 for never
}

func newList(c *crowd) list {
	l := list{
		Standings: standings[:], Platforms: slices.Clone(c.platforms.names), Words: c.states.list, Reasons: c.whys.list, Remarks: c.notes.list,
		Rows: []int{}, Said: make([][]int, len(c.platforms.names)),
	}
	if l.Platforms == nil {
		l.Platforms = []string{} // JSON has another nothing
	}
	for _, of := range c.sorted() {
		l.Rows = append(l.Rows, of.row)
		l.Users = append(l.Users, of.user)
		l.Names = append(l.Names, of.name)
		l.Standing = append(l.Standing, of.standing)
		l.Reason = append(l.Reason, of.why)
		l.Remark = append(l.Remark, of.note)
		l.Attempts = append(l.Attempts, of.attempts)
		l.At = append(l.At, of.at)
		for i := range l.Said {
			word := 0
			if i < len(of.states) {
				word = of.states[i]
			}
			l.Said[i] = append(l.Said[i], word)
		}
	}
	return l
}

// row is a person as the page shows them without its script.
type row struct {
	Row      int
	User     string
	Name     string
	Standing journal.Outcome
	Said     []said
	Reason   string
	Remark   string
	Attempts int
	At       string
}

// said is a platform's last word.
type said struct{ Platform, Word string }

// Class is the word's outcome.
func (s said) Class() string {
	for i := range s.Word {
		if s.Word[i] == ' ' {
			return s.Word[:i]
		}
	}
	return s.Word
}

// perPage is how many people the page shows at once.
const perPage = 50

func firstRows(c *crowd, l *list) (rows []row) {
	for i, of := range c.lines[:min(perPage, len(c.lines))] {
		r := row{
			Row: of.row, User: of.user, Name: of.name, Standing: standings[of.standing],
			Reason: l.Reasons[of.why], Remark: l.Remarks[of.note], Attempts: of.attempts,
		}
		if of.at != 0 {
			r.At = time.Unix(of.at, 0).UTC().Format(time.DateTime)
		}
		for k, name := range l.Platforms {
			if word := l.Words[l.Said[k][i]]; word != "" {
				r.Said = append(r.Said, said{name, word})
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// Blank is the row that the page's script fills in.
func (p *page) Blank() row { return row{} }
