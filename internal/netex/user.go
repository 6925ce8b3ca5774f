package netex

import (
	"encoding/json"
	"net/http"
)

// record is what is read of a user. Answers hold a password hash too: nothing
// else is decoded, and no part of the body is kept.
type record struct {
	Enabled *bool `json:"enabled"`
	Status  code  `json:"status"`
}

// judgeUser reads the answer to a check: a bare user object, or one inside
// the envelope.
func judgeUser(httpStatus int, body []byte) Answer {
	if httpStatus == http.StatusNotFound || httpStatus == http.StatusGone {
		return Answer{Outcome: Missing, Message: serverText(httpStatus, body)}
	}
	var top record
	if err := json.Unmarshal(body, &top); err != nil {
		return Answer{Outcome: Failed, Verdict: Again, Message: "the answer is not a user of this API"}
	}
	a := Answer{Outcome: Failed, Verdict: Final, Status: top.Status.number()}
	enabled := top.Enabled
	if enabled == nil {
		enabled = wrapped(body)
	}
	switch {
	case enabled != nil && *enabled:
		a.Outcome = On
	case enabled != nil:
		a.Outcome = Off
	case top.Status == http.StatusNotFound || top.Status == http.StatusGone:
		a.Outcome, a.Message = Missing, serverText(int(top.Status), body)
	case top.Status.transient():
		a.Verdict, a.Message = Again, serverText(int(top.Status), body)
	default:
		a.Message = "the answer does not say whether the user is enabled"
	}
	return a
}

// wrapped finds the one user object among the envelope's values. Two of them
// prove nothing.
func wrapped(body []byte) *bool {
	var parts map[string]json.RawMessage
	if json.Unmarshal(body, &parts) != nil {
		return nil
	}
	var found *bool
	for _, raw := range parts {
		var in record
		if json.Unmarshal(raw, &in) != nil || in.Enabled == nil {
			continue
		}
		if found != nil {
			return nil
		}
		found = in.Enabled
	}
	return found
}
