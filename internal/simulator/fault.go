package simulator

import (
	"cmp"
	"net/http"
	"sync"
	"time"
)

// faults are a tenant's rules at work, in their order.
type faults []*fault

type fault struct {
	Rule
	salt uint64 // of the share: each rule picks its own people

	mu   sync.Mutex
	used map[string]int // requests that it is for, by username
}

// practice are the rules that show an operator every outcome.
const practice = `
user=*missing* http=404 message="User not found"
user=*fails* platform=training status=500 message="the practice tenant fails everyone whose name says so"
`

func newFaults(o Options) faults {
	rules := o.Rules
	if o.Practice {
		builtIn, err := ParseRules(practice)
		if err != nil {
			panic(err) // a constant
		}
		rules = append(rules[:len(rules):len(rules)], builtIn...)
	}
	fs := make(faults, len(rules))
	for i, r := range rules {
		fs[i] = &fault{Rule: r, salt: hash(o.Seed, r.text), used: make(map[string]int)}
	}
	return fs
}

// subject is the user of a request, as the rules see them.
type subject struct {
	addressed string
	username  string // addressed again, where nobody is known
}

// decision is what the rules do to a whole request.
type decision struct {
	delay  time.Duration
	before *fault // answers in the server's place
	after  *fault // spoils the answer of a server that has acted
	then   []change
}

// change is what happens behind the client's back, once its request is served.
type change struct {
	what string // activate, deactivate, add, remove
	who  string // id or username
}

// decide takes the first rule that has an answer or a page, and the delays and
// changes of all before it.
func (fs faults) decide(c *call, who subject) decision {
	var d decision
	for _, f := range fs {
		if f.platforms != 0 || !f.strikes(c, who) {
			continue
		}
		d.delay += f.delay
		switch {
		case f.do != "":
			d.then = append(d.then, change{f.do, cmp.Or(f.who, c.user)})
		case f.http != 0 || f.drop == "before":
			d.before = f
			return d
		case f.list != "":
			c.page.spoil(f.list)
			return d
		case f.body != "" || f.drop == "after":
			d.after = f
			return d
		}
	}
	return d
}

// strike returns the platforms' answers with the faults in them, and the
// platforms struck. The first rule for a platform counts.
func (fs faults) strike(c *call, who subject, rs *results) (*results, set) {
	var struck set
	for _, f := range fs {
		which := f.platforms &^ struck
		if which == 0 || !f.strikes(c, who) {
			continue
		}
		if struck == 0 {
			own := *rs
			rs = &own
		}
		which.each(func(p int) {
			rs[p] = result{status: f.status, message: f.message, location: f.location}
		})
		struck |= which
	}
	return rs, struck
}

// strikes says whether the rule is for this request, and counts it.
func (f *fault) strikes(c *call, who subject) bool {
	switch {
	case f.action != "" && f.action != c.action:
		return false
	case f.method != "" && (f.method == http.MethodPut) != c.changes():
		return false
	case f.do != "" && f.who == "" && c.user == "":
		return false
	case f.user != nil && !f.user.matches(who.addressed) && !f.user.matches(who.username):
		return false
	case f.share < 1 && fraction(hash(f.salt, who.username)) >= f.share:
		return false
	}
	return f.times == 0 && f.later == 0 || f.take(who.username)
}

// take counts a user's request, and says whether its turn has come.
func (f *fault) take(username string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.used[username]
	if n >= f.later && f.times > 0 && n-f.later >= f.times {
		return false
	}
	f.used[username]++
	return n >= f.later
}

// answer is given in the server's place.
func (f *fault) answer(r *http.Request) answer {
	if f.drop != "" {
		return answer{}
	}
	reason := f.message
	if reason == "" {
		reason = http.StatusText(f.http)
	}
	a := failure(r, f.http, reason)
	a.retryAfter, a.location = f.retryAfter, f.location
	a.spoil(f.body)
	return a
}
