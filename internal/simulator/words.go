package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const blanks = " \t"

// nextWord cuts word=value or word off the line.
func nextWord(line string) (word, value, rest string, err error) {
	end := strings.IndexAny(line, blanks+"=")
	if end < 0 {
		return line, "", "", nil
	}
	word, rest = line[:end], line[end:]
	if rest[0] != '=' {
		return word, "", strings.TrimLeft(rest, blanks), nil
	}
	value, rest, err = cutValue(rest[1:])
	if err != nil {
		return "", "", "", fmt.Errorf("%s: %w", word, err)
	}
	return word, value, strings.TrimLeft(rest, blanks), nil
}

func cutValue(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		if end := strings.IndexAny(s, blanks); end >= 0 {
			return s[:end], s[end:], nil
		}
		return s, "", nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", errors.New("the quote is not closed")
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err
}

// ruleWords are what a rule is made of.
var ruleWords = map[string]func(r *Rule, value string) error{
	"user":        func(r *Rule, v string) error { r.user = newPattern(v); return nil },
	"method":      func(r *Rule, v string) error { return oneOf(&r.method, v, http.MethodGet, http.MethodPut) },
	"action":      func(r *Rule, v string) error { return oneOf(&r.action, v, "deactivate", "activate", "get", "list") },
	"platform":    setPlatforms,
	"share":       setShare,
	"after":       func(r *Rule, v string) error { return setNumber(&r.later, v, 1, 1<<30) },
	"times":       func(r *Rule, v string) error { return setNumber(&r.times, v, 1, 1<<30) },
	"status":      func(r *Rule, v string) error { return setNumber(&r.status, v, 100, 999) },
	"http":        func(r *Rule, v string) error { return setNumber(&r.http, v, 200, 599) },
	"body":        func(r *Rule, v string) error { return oneOf(&r.body, v, "html", "cut", "empty", "huge") },
	"list":        func(r *Rule, v string) error { return oneOf(&r.list, v, "repeat", "skip", "short", "empty") },
	"do":          func(r *Rule, v string) error { return oneOf(&r.do, v, "activate", "deactivate", "add", "remove") },
	"who":         func(r *Rule, v string) error { r.who = v; return nil },
	"drop":        setDrop,
	"delay":       setDelay,
	"message":     func(r *Rule, v string) error { r.message = v; return nil },
	"location":    func(r *Rule, v string) error { r.location = v; return nil },
	"retry-after": func(r *Rule, v string) error { r.retryAfter = v; return nil },
}

func oneOf(field *string, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("want %s", strings.Join(known, ", "))
	}
	*field = value
	return nil
}

func setNumber(field *int, value string, least, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return fmt.Errorf("want a number from %d to %d", least, most)
	}
	*field = n
	return nil
}

func setPlatforms(r *Rule, value string) error {
	p := newPattern(value)
	for i, name := range platformNames {
		if p.matches(name) {
			r.platforms |= 1 << i
		}
	}
	if r.platforms == 0 {
		return fmt.Errorf("want %s or *", strings.Join(platformNames[:], ", "))
	}
	return nil
}

func setShare(r *Rule, value string) (err error) {
	r.share, err = ParseShare(value)
	return err
}

// ParseShare reads a share such as 1% or 0.5%: above 0, and 1 is all.
func ParseShare(s string) (float64, error) {
	number, percent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !percent || !(n > 0 && n <= 100) {
		return 0, errors.New("want a share such as 1% or 0.5%")
	}
	return n / 100, nil
}

func setDrop(r *Rule, value string) error {
	if value == "" {
		value = "before"
	}
	return oneOf(&r.drop, value, "before", "after")
}

func setDelay(r *Rule, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return errors.New("want a duration such as 2s or 150ms")
	}
	r.delay = d
	return nil
}

// pattern is text in which * stands for any text, also for none.
type pattern struct {
	head, tail string
	middle     []string
	exact      bool
}

func newPattern(s string) *pattern {
	parts := strings.Split(s, "*")
	last := len(parts) - 1
	if last == 0 {
		return &pattern{head: s, exact: true}
	}
	return &pattern{head: parts[0], middle: parts[1:last], tail: parts[last]}
}

func (p *pattern) matches(s string) bool {
	if p.exact {
		return s == p.head
	}
	s, ok := strings.CutPrefix(s, p.head)
	if !ok {
		return false
	}
	s, ok = strings.CutSuffix(s, p.tail)
	if !ok {
		return false
	}
	for _, m := range p.middle {
		_, after, found := strings.Cut(s, m)
		if !found {
			return false
		}
		s = after
	}
	return true
}
