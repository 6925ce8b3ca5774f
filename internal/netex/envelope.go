package netex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxPlatforms bounds what is kept of an answer; a real one has about five.
const maxPlatforms = 100

// envelope is the answer of the user services. Every part may be absent or
// null, and none is trusted to have its documented type.
type envelope struct {
	Status    code    `json:"status"`
	Message   words   `json:"message"`
	Location  words   `json:"location"`
	Error     words   `json:"error"` // of a gateway's own error body
	Platforms members `json:"responsePlatforms"`
}

type platform struct {
	Status   code  `json:"status"`
	Message  words `json:"message"`
	Location words `json:"location"`
}

// members are those of an object, in its order. A map would lose the first of
// two with the same name, and be done by the second.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

func (m *members) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	switch t, err := d.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('{'):
		return errors.New("not an object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if len(*m) == maxPlatforms {
			return errors.New("too many members")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, member{name.(string), value})
	}
	return nil
}

// code is a status; 0 when there is none, unreadable when it is not a whole
// number from 100 to 999, as a number or as a string.
type code int

const unreadable code = -1

// UnmarshalJSON is called again when an object has the key twice: then the
// worse one counts.
func (c *code) UnmarshalJSON(b []byte) error {
	read := unreadable
	f, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	if err == nil && f == float64(int(f)) && f >= 100 && f <= 999 {
		read = code(f)
	}
	if *c == 0 || c.outcome() != worse(c.outcome(), read.outcome()) {
		*c = read
	}
	return nil
}

// number is the status as it is recorded: 0 for none that can be read.
func (c code) number() int { return max(0, int(c)) }

// words is a text; any other value stands as its JSON, null as nothing.
type words string

func (w *words) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case string(b) == "null", string(b) == `""`:
		*w = "" // nearly always; a second decoder would cost as much as the rest
	case json.Unmarshal(b, &s) == nil:
		*w = words(s)
	default:
		*w = words(b)
	}
	return nil
}

// outcome is what the contract's table says of a status, of a platform or the
// generic one. Only what is known to be good is good.
func (c code) outcome() Outcome {
	switch c {
	case 200, 201, 204:
		return Done
	case 202:
		return Pending
	}
	return Failed
}

func (c code) transient() bool {
	switch c {
	case 429, 500, 502, 503, 504:
		return true
	}
	return false
}

func (c code) text() string {
	if c.number() == 0 {
		return "the answer has no status that can be read"
	}
	return strings.TrimSpace(fmt.Sprintf("status %d %s", c, http.StatusText(int(c))))
}

// judge reads the answer to a deactivation. An HTTP 200 that proves nothing
// is worth another attempt.
func judge(httpStatus int, body []byte) Answer {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return bodyless(httpStatus)
	}
	var e envelope
	if body[0] != '{' || json.Unmarshal(body, &e) != nil {
		if httpStatus == http.StatusAccepted {
			return bodyless(httpStatus)
		}
		return Answer{Outcome: Failed, Verdict: Again, Message: "the answer is not one of this API: " + excerpt(body)}
	}
	return e.answer(httpStatus)
}

func bodyless(httpStatus int) Answer {
	a := Answer{Outcome: code(httpStatus).outcome(), Verdict: Final}
	if a.Outcome == Failed {
		a.Message = serverText(httpStatus, nil)
	}
	return a
}

func (e *envelope) answer(httpStatus int) Answer {
	a := Answer{
		Status:   e.Status.number(),
		Message:  clip(string(e.Message)),
		Location: clip(string(e.Location)),
		Verdict:  Final,
	}
	a.Outcome = e.Status.outcome()
	if e.Status.number() == 0 && httpStatus == http.StatusAccepted {
		a.Outcome = Pending
	}
	if a.Outcome == Failed && a.Message == "" {
		a.Message = e.Status.text()
	}
	if httpStatus == http.StatusAccepted {
		a.Outcome = worse(a.Outcome, Pending)
	}
	for _, m := range e.Platforms {
		p, again := readPlatform(m.name, m.value)
		a.Platforms = addPlatform(a.Platforms, p)
		a.Outcome = worse(a.Outcome, p.Outcome)
		if again {
			a.Verdict = Again
		}
	}
	slices.SortFunc(a.Platforms, func(a, b Platform) int { return strings.Compare(a.Name, b.Name) })
	return a
}

// addPlatform keeps the worse of two that have the same name, or the same as
// far as it is kept.
func addPlatform(all []Platform, p Platform) []Platform {
	i := slices.IndexFunc(all, func(known Platform) bool { return known.Name == p.Name })
	switch {
	case i < 0:
		return append(all, p)
	case all[i].Outcome != worse(all[i].Outcome, p.Outcome):
		all[i] = p
	}
	return all
}

func readPlatform(name string, raw json.RawMessage) (p Platform, again bool) {
	var in platform
	if json.Unmarshal(raw, &in) != nil {
		in = platform{}
	}
	p = Platform{
		Name:     clip(name),
		Outcome:  in.Status.outcome(),
		Status:   in.Status.number(),
		Message:  clip(string(in.Message)),
		Location: clip(string(in.Location)),
	}
	if p.Outcome == Failed && p.Message == "" {
		p.Message = in.Status.text()
	}
	return p, in.Status.transient()
}

// worse is the worse of two outcomes: failed, then pending, then done.
func worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Failed, Pending} {
		if a == o || b == o {
			return o
		}
	}
	return Done
}

// said is what a JSON body of an error says, of the tenant or of a gateway;
// nothing for any other body.
func said(body []byte) envelope {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return envelope{}
	}
	return e
}

func excerpt(body []byte) string {
	const most = 60
	if len(body) > most {
		return strconv.QuoteToGraphic(strings.ToValidUTF8(string(body[:most]), "\uFFFD")) + "…"
	}
	return strconv.QuoteToGraphic(string(body))
}
