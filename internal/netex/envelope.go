package netex

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// maxPlatforms bounds what is kept of an answer; a real one has about five.
const maxPlatforms = 100

// envelope is the answer of the user services. Every part may be absent or
// null, and none is trusted to have its documented type.
type envelope struct {
	Status    code      `json:"status"`
	Message   words     `json:"message"`
	Location  words     `json:"location"`
	Error     words     `json:"error"` // of a gateway's own error body
	Platforms platforms `json:"responsePlatforms"`
}

// tolerant reads what another reader would read of the same text: nothing is
// gained by a user who fails over a broken letter in a message.
var tolerant = json.JoinOptions(
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
	json.MatchCaseInsensitiveNames(true),
	jsonv1.MatchCaseSensitiveDelimiter(true), // else "sta_tus" would prove as much as "status"
)

// parse reads one JSON value.
func parse(text []byte, into any) error { return json.Unmarshal(text, into, tolerant) }

// eachMember visits the members of an object, in its order; null has none. A
// map would lose the first of two with the same name, and be done by the
// second. visit reads the value.
func eachMember(d *jsontext.Decoder, visit func(name string) error) error {
	switch open, err := d.ReadToken(); {
	case err != nil:
		return err
	case open.Kind() == 'n':
		return nil
	case open.Kind() != '{':
		return errors.New("not an object")
	}
	for n := 0; d.PeekKind() != '}'; n++ {
		if n == maxPlatforms {
			return errors.New("too many members")
		}
		name, err := d.ReadToken()
		if err == nil {
			err = visit(name.String())
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// platforms are those of an answer, in its order.
type platforms []platform

type platform struct {
	name     string
	Status   code  `json:"status"`
	Message  words `json:"message"`
	Location words `json:"location"`
}

// UnmarshalJSONFrom is called again when an answer has the key twice: then all
// of them count.
func (all *platforms) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	return eachMember(d, func(name string) (err error) {
		p := platform{name: name}
		if d.PeekKind() == '{' {
			err = json.UnmarshalDecode(d, &p)
		} else {
			err = d.SkipValue()
		}
		*all = append(*all, p)
		return err
	})
}

// code is a status; 0 when there is none, unreadable when it is not a whole
// number from 100 to 999, as a number or as a string.
type code int

const unreadable code = -1

// UnmarshalJSONFrom is called again when an object has the key twice: then the
// worse one counts.
func (c *code) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	b, err := d.ReadValue()
	if err != nil || string(b) == "null" {
		return err
	}
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

func (w *words) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	b, err := d.ReadValue()
	switch {
	case err != nil:
		return err
	case b.Kind() == 'n':
		*w = ""
	case b.Kind() == '"':
		// What AppendUnquote complains of is a broken letter, which it replaces.
		text, _ := jsontext.AppendUnquote(nil, b)
		*w = words(text)
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
	if body[0] != '{' || parse(body, &e) != nil {
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
	if e.Status == 0 && httpStatus == http.StatusAccepted {
		a.Outcome = Pending
	}
	if a.Outcome == Failed && a.Message == "" {
		a.Message = e.Status.text()
	}
	a = a.under(httpStatus)
	for _, in := range e.Platforms {
		p := in.answer()
		a.Platforms = addPlatform(a.Platforms, p)
		a.Outcome = worse(a.Outcome, p.Outcome)
		if in.Status.transient() {
			a.Verdict = Again
		}
	}
	slices.SortFunc(a.Platforms, func(a, b Platform) int { return strings.Compare(a.Name, b.Name) })
	return a
}

// under makes an answer no better than the HTTP status it came with.
func (a Answer) under(httpStatus int) Answer {
	with := bodyless(httpStatus)
	a.Outcome = worse(a.Outcome, with.Outcome)
	a.Message = cmp.Or(a.Message, with.Message)
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

func (in platform) answer() Platform {
	p := Platform{
		Name:     clip(in.name),
		Outcome:  in.Status.outcome(),
		Status:   in.Status.number(),
		Message:  clip(string(in.Message)),
		Location: clip(string(in.Location)),
	}
	if p.Outcome == Failed && p.Message == "" {
		p.Message = in.Status.text()
	}
	return p
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
	if parse(body, &e) != nil {
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
