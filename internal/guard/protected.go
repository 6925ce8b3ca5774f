// Package guard says what may not happen: who is never touched, how many people
// are too many, and in which waves they go.
package guard

import (
	"fmt"
	"os"
	"strings"
)

// Protected are the people who are never touched. It may be used by many
// goroutines at once.
type Protected struct {
	exact map[string]string // folded -> rule as written
	heads ends              // globs that begin with text
	tails ends              // the others, by the text they end with
}

// ReadProtected reads a list of rules, one a line, in UTF-8:
//
//	jane.doe        that user
//	svc-*           * stands for any text
//	@acme.com       every username and e-mail that ends so
//	# a comment     on a line of its own
//
// Case and surrounding blanks do not matter. A list that cannot be read to its
// end, has a bad line or names nobody is an error, with file:line where there
// is one: a guard that cannot be read is no guard.
func ReadProtected(path string) (*Protected, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &Protected{exact: make(map[string]string)}
	n, rules := 0, 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\uFEFF")) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := checkRule(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		p.add(line)
		rules++
	}
	if rules == 0 {
		return nil, fmt.Errorf("%s protects nobody: it must name at least one user", path)
	}
	return p, nil
}

func (p *Protected) add(rule string) {
	glob := rule
	if glob[0] == '@' {
		glob = "*" + glob
	}
	parts := strings.Split(glob, "*")
	for i, part := range parts {
		parts[i] = fold(part)
	}
	switch {
	case len(parts) == 1:
		p.exact[parts[0]] = rule
	case parts[0] != "":
		p.heads.add(parts[0], pattern{parts, rule})
	default:
		p.tails.add(parts[len(parts)-1], pattern{parts, rule})
	}
}

// Match looks for a rule, as written in the list, that fits any of a person's
// identifiers: id, username, e-mail. Empty ones fit none.
func (p *Protected) Match(identifiers ...string) (rule string, ok bool) {
	for _, s := range identifiers {
		s = fold(strings.TrimSpace(s))
		if rule, ok := p.exact[s]; ok {
			return rule, true
		}
		if rule, ok := p.heads.match(s, head); ok {
			return rule, true
		}
		if rule, ok := p.tails.match(s, tail); ok {
			return rule, true
		}
	}
	return "", false
}
