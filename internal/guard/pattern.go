package guard

import (
	"slices"
	"strings"
)

// pattern is a glob: folded text with a * between each two parts.
type pattern struct {
	parts []string // at least two
	rule  string   // as written
}

func (p pattern) match(s string) bool {
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range p.parts[1 : len(p.parts)-1] {
		_, after, ok := strings.Cut(s, part)
		if !ok {
			return false
		}
		s = after
	}
	return true
}

// ends finds globs by the text they begin or end with, so that a person costs a
// few look-ups however long the list is. Only globs with a * at both ends are
// tried one by one.
type ends struct {
	patterns map[string][]pattern
	lengths  []int // of the keys, each once
}

func (e *ends) add(end string, p pattern) {
	if e.patterns == nil {
		e.patterns = make(map[string][]pattern)
	}
	e.patterns[end] = append(e.patterns[end], p)
	if !slices.Contains(e.lengths, len(end)) {
		e.lengths = append(e.lengths, len(end))
	}
}

// match tries the globs that share an end with s. cut takes n bytes of s.
func (e *ends) match(s string, cut func(s string, n int) string) (rule string, ok bool) {
	for _, n := range e.lengths {
		if n > len(s) {
			continue
		}
		for _, p := range e.patterns[cut(s, n)] {
			if p.match(s) {
				return p.rule, true
			}
		}
	}
	return "", false
}

func head(s string, n int) string { return s[:n] }
func tail(s string, n int) string { return s[len(s)-n:] }
