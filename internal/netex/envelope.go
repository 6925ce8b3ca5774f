package netex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// envelope is the answer of the user services. Every part may be absent or
// null, and none is trusted to have its documented type.
type envelope struct {
	Status    code                       `json:"status"`
	Message   words                      `json:"message"`
	Location  words                      `json:"location"`
	Error     words                      `json:"error"` // of a gateway's own error body
	Platforms map[string]json.RawMessage `json:"responsePlatforms"`
}

type platform struct {
	Status   code  `json:"status"`
	Message  words `json:"message"`
	Location words `json:"location"`
}

// code is a status; 0 when it is not a whole number from 100 to 999, as a
// number or as a string.
type code int

func (c *code) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	if err == nil && f == float64(int(f)) && f >= 100 && f <= 999 {
		*c = code(f)
	}
	return nil
}

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
	if c == 0 {
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
		Status:   int(e.Status),
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
	if httpStatus == http.StatusAccepted {
		a.Outcome = worse(a.Outcome, Pending)
	}
	for name, raw := range e.Platforms {
		p, again := readPlatform(name, raw)
		a.Platforms = append(a.Platforms, p)
		a.Outcome = worse(a.Outcome, p.Outcome)
		if again {
			a.Verdict = Again
		}
	}
	slices.SortFunc(a.Platforms, func(a, b Platform) int { return strings.Compare(a.Name, b.Name) })
	return a
}

func readPlatform(name string, raw json.RawMessage) (p Platform, again bool) {
	var in platform
	if json.Unmarshal(raw, &in) != nil {
		in = platform{}
	}
	p = Platform{
		Name:     clip(name),
		Outcome:  in.Status.outcome(),
		Status:   int(in.Status),
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
