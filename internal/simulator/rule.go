package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Rule is a fault, and the requests that it strikes. ParseRules makes it.
type Rule struct {
	text string

	// Which requests. An empty one is any.
	user      *pattern
	method    string
	action    string
	platforms set     // 0: a fault of the whole request
	share     float64 // of the users, above 0; 1 is all
	later     int     // so many a user are spared first
	times     int     // per user; 0: always

	// What happens to them.
	status     int // of the platforms
	http       int
	body       string // html, cut, empty, huge
	drop       string // before, after
	list       string // repeat, skip, short, empty
	do, who    string // a change, and of whom; "" is the request's own user
	delay      time.Duration
	message    string
	location   string
	retryAfter string
}

// ParseRules reads rules, one a line. Empty lines and lines that begin with #
// are skipped. A rule is made of words such as user=anna* or drop, separated
// by blanks; a value that holds blanks stands in double quotes.
//
// Which requests: user (* stands for any text), method, action, share (1%),
// after (per user: not the first ones), times (per user). What happens: platform
// with status, message, location; or http with message, body, retry-after,
// location; or body; or drop; or list, a wrong page; delay; or do, which changes
// somebody (who) behind the client's back once its request is served.
func ParseRules(text string) ([]Rule, error) {
	var rules []Rule
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, fmt.Errorf("rule in line %d: %w", n, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(line string) (Rule, error) {
	r := Rule{text: line, share: 1}
	seen := make(map[string]bool)
	for rest := line; rest != ""; {
		word, value, after, err := nextWord(rest)
		if err != nil {
			return Rule{}, err
		}
		assign, known := ruleWords[word]
		switch {
		case !known:
			return Rule{}, fmt.Errorf("unknown word %q; known are %s", word, knownWords())
		case seen[word]:
			return Rule{}, fmt.Errorf("%s is there twice", word)
		case value == "" && word != "drop":
			return Rule{}, fmt.Errorf("%s needs a value", word)
		}
		if err := assign(&r, value); err != nil {
			return Rule{}, fmt.Errorf("%s=%s: %w", word, value, err)
		}
		seen[word] = true
		rest = after
	}
	return r, r.check()
}

func knownWords() string {
	words := make([]string, 0, len(ruleWords))
	for w := range ruleWords {
		words = append(words, w)
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// check refuses combinations that would not do what they say.
func (r *Rule) check() error {
	onPlatform, whole := r.platforms != 0, r.http != 0 || r.body != "" || r.drop != "" || r.list != ""
	switch {
	case r.do != "" && (onPlatform || whole || r.delay != 0):
		return errors.New("do goes with no fault: make it a rule of its own")
	case r.do != "" && r.who == "" && r.action == "list":
		return errors.New("a list is about nobody: say who")
	case r.do == "" && r.who != "":
		return errors.New("who goes with do")
	case r.list != "" && r.action != "list":
		return errors.New("list goes with action=list")
	case r.list != "" && (r.http != 0 || r.body != "" || r.drop != ""):
		return errors.New("a wrong page has no http, body or drop")
	case !onPlatform && !whole && r.delay == 0 && r.do == "":
		return fmt.Errorf("%q does nothing", r.text)
	case onPlatform && (whole || r.delay != 0):
		return errors.New("a platform's fault takes no http, body, drop, list or delay")
	case onPlatform != (r.status != 0):
		return errors.New("platform and status go together")
	case onPlatform && r.method != "" && r.method != http.MethodPut:
		return errors.New("a platform answers to PUT only")
	case r.drop != "" && (r.http != 0 || r.body != ""):
		return errors.New("a dropped connection has no http and no body")
	case r.http == 0 && r.retryAfter != "":
		return errors.New("retry-after goes with http")
	case r.http == 0 && !onPlatform && (r.message != "" || r.location != ""):
		return errors.New("message and location go with http or with platform")
	}
	return nil
}
