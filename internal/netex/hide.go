package netex

import (
	"strconv"
	"strings"
)

// without takes the token out of all texts of the answer: a tenant, or a
// gateway before it, may say back what it was sent.
func (a Answer) without(token string) Answer {
	a.Message, a.Location = hide(a.Message, token), hide(a.Location, token)
	for i := range a.Platforms {
		p := &a.Platforms[i]
		p.Name, p.Message, p.Location = hide(p.Name, token), hide(p.Message, token), hide(p.Location, token)
	}
	if a.Person != nil {
		a.Person.hide(token)
	}
	for i := range a.People {
		a.People[i].hide(token)
	}
	return a
}

func (p *Person) hide(token string) {
	p.ID, p.Username, p.Name, p.Email = hide(p.ID, token), hide(p.Username, token), hide(p.Name, token), hide(p.Email, token)
	for i := range p.Roles {
		p.Roles[i] = hide(p.Roles[i], token)
	}
}

const (
	hidden = "[token]"
	// few bytes of a token are in many a word, and of no use.
	few = 4
)

// hide takes the token out of a text, also as Go quotes it, and the part of it
// at which the text was cut.
func hide(s, token string) string {
	if s == "" || token == "" {
		return s
	}
	s = strings.ReplaceAll(s, token, hidden)
	if quoted := strconv.Quote(token); len(quoted) > len(token)+2 {
		s = strings.ReplaceAll(s, quoted[1:len(quoted)-1], hidden)
	}
	end := strings.TrimRight(s, `"…`)
	for n := len(token) - 1; n >= few && len(end) < len(s); n-- {
		if kept, ok := strings.CutSuffix(end, token[:n]); ok {
			return kept + hidden + s[len(end):]
		}
	}
	return s
}
