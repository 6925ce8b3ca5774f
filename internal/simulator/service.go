package simulator

import (
	"net/http"
	"time"
)

// handle serves a request that has passed the checks.
func (t *Tenant) handle(r *http.Request, c call, e *entry) answer {
	who := t.subject(c.user)
	fault := t.faults.decide(&c, who)
	defer t.carryOut(fault.then)
	if !t.hold(t.options.Latency + t.jitter.next() + fault.delay) {
		return answer{}
	}
	if fault.before != nil {
		return fault.before.answer(r)
	}
	a := t.serve(r, &c, who, e)
	if fault.after == nil || a.status != http.StatusOK {
		return a
	}
	if fault.after.drop != "" {
		return answer{}
	}
	a.spoil(fault.after.body)
	return a
}

func (t *Tenant) carryOut(changes []change) {
	for _, c := range changes {
		switch c.what {
		case "add":
			t.people.add(c.who)
		case "remove":
			t.people.remove(c.who)
		default:
			if i, known := t.people.find(c.who); known {
				t.state.change(i, time.Now(), turnOf(c.what), everywhere)
			}
		}
	}
}

// subject is who the request is about.
func (t *Tenant) subject(user string) subject {
	if len(t.faults) == 0 {
		return subject{}
	}
	who := subject{addressed: user, username: user}
	if i, known := t.people.find(user); known {
		who.username = t.people.username(i)
	}
	return who
}

func (t *Tenant) serve(r *http.Request, c *call, who subject, e *entry) answer {
	if c.action == "list" {
		return success(t.list(c.page))
	}
	i, known := t.people.address(c.user)
	if !known {
		return failure(r, http.StatusNotFound, "User not found")
	}
	if c.action == "get" {
		return success(t.user(i))
	}
	rs, struck := t.act(c, who, i)
	e.platforms, e.acted = rs, struck != everywhere
	return success(envelope(rs))
}

// act changes a person, and returns what the platforms answer and the ones
// that were struck by a fault and have not changed.
func (t *Tenant) act(c *call, who subject, i index) (*results, set) {
	rs, queued := &synchronous, set(0)
	if c.async {
		rs, queued = &asynchronous, queueing
	}
	rs, struck := t.faults.strike(c, who, rs)
	now, to := time.Now(), turnOf(c.action)
	if which := everywhere &^ queued &^ struck; which != 0 {
		t.state.change(i, now, to, which)
	}
	if which := queued &^ struck; which != 0 {
		t.state.enqueue(i, now, to, which)
	}
	return rs, struck
}

// user and list are the answers to GET. No documented example shows them in
// the envelope, so the place there is a guess.

func (t *Tenant) user(i index) []byte {
	b := make([]byte, 0, 1024)
	if !t.options.Envelope {
		return t.appendUser(b, i)
	}
	b = append(b, envelopeHead+`"user":`...)
	return append(t.appendUser(b, i), '}')
}

const envelopeHead = `{"location":null,"message":"","responsePlatforms":{},"status":200,`

func (t *Tenant) list(p page) []byte {
	people := t.people.page(p)
	b := make([]byte, 0, 1024+len(people)*640)
	if t.options.Envelope {
		b = append(b, envelopeHead+`"users":`...)
	}
	b = append(b, '[')
	for n, i := range people {
		if n > 0 {
			b = append(b, ',')
		}
		b = t.appendUser(b, i)
	}
	b = append(b, ']')
	if t.options.Envelope {
		b = append(b, '}')
	}
	return b
}

// appendUser tells of the management platform what the API calls enabled.
func (t *Tenant) appendUser(b []byte, i index) []byte {
	p := t.people.person(i)
	return appendPerson(b, &p, !t.state.offAt(i, time.Now()).has(management))
}

// Enabled says whether a person is on on a platform ("" is management), and
// whether there is such a person.
func (t *Tenant) Enabled(user, platform string) (enabled, known bool) {
	if platform == "" {
		platform = platformNames[management]
	}
	which, named := platformNamed(platform)
	i, known := t.people.find(user)
	if !named || !known {
		return false, false
	}
	return t.state.offAt(i, time.Now())&which == 0, true
}

// Restore brings a person to the state that a recorded answer tells of:
// action is deactivate or activate, platform one of the four or "" for all,
// status the platform's, and at when the answer came. A 202 waits in the
// queue as it did then. Other actions, platforms and statuses changed nothing.
func (t *Tenant) Restore(user, action, platform string, status int, at time.Time) {
	c := call{action: action}
	which, named := platformNamed(platform)
	if !named || !c.changes() {
		return
	}
	i, known := t.people.address(user)
	if !known {
		return
	}
	switch to := turnOf(action); status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		t.state.change(i, at, to, which)
	case http.StatusAccepted:
		t.state.enqueue(i, at, to, which)
	}
}
