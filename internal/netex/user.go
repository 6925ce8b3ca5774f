package netex

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
)

// record is what is read of a user. Answers hold a password hash too: nothing
// else is decoded, and no part of the body is kept.
type record struct {
	Enabled enabled `json:"enabled"`
	Status  code    `json:"status"`
}

// enabled is what an object says under that name; it may say both, if it has
// the name twice.
type enabled struct{ on, off bool }

func (e *enabled) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch t.Kind() {
	case 't':
		e.on = true
	case 'f':
		e.off = true
	case 'n':
	default:
		return errors.New("neither true nor false")
	}
	return nil
}

func (e enabled) said() bool { return e.on || e.off }

// judgeUser reads the answer to a check: a bare user object, or one inside
// the envelope.
func judgeUser(httpStatus int, body []byte) Answer {
	if httpStatus == http.StatusNotFound || httpStatus == http.StatusGone {
		return Answer{Outcome: Missing, Message: serverText(httpStatus, body)}
	}
	var top record
	if err := parse(body, &top); err != nil {
		return Answer{Outcome: Failed, Verdict: Again, Message: "the answer is not a user of this API"}
	}
	a := Answer{Outcome: Failed, Verdict: Final, Status: top.Status.number()}
	says := top.Enabled
	if !says.said() {
		_, says = wrapped(body)
	}
	switch {
	case says.on && !says.off:
		a.Outcome = On
	case says.off && !says.on:
		a.Outcome = Off
	case top.Status == http.StatusNotFound || top.Status == http.StatusGone:
		a.Outcome, a.Message = Missing, top.Status.text()
	case top.Status.transient():
		a.Verdict, a.Message = Again, top.Status.text()
	default:
		a.Message = "the answer does not say whether the user is enabled"
	}
	return a
}

// wrapped finds the one user object among the envelope's values, and what it
// says. Two of them prove nothing.
func wrapped(body []byte) (object jsontext.Value, says enabled) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), tolerant)
	err := eachMember(d, func(string) error {
		var in record
		value, err := d.ReadValue()
		if err != nil || parse(value, &in) != nil || !in.Enabled.said() {
			return err
		}
		if object != nil {
			return errors.New("two users")
		}
		object, says = value.Clone(), in.Enabled
		return nil
	})
	if err != nil {
		return nil, enabled{}
	}
	return object, says
}
