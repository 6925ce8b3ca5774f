package netex

import (
	"context"
	"fmt"
	"net/http"
)

// Activate switches a user on, on all platforms: the undo of Deactivate. It
// takes no message.
func (c *Client) Activate(ctx context.Context, user, _ string) Answer {
	return c.attempt(ctx, http.MethodPut, user, "/activate", "", judge)
}

// Lookup reads a user like Check, and tells in Person who that is. An answer
// that is on or off has one, and it is the person who was asked for; the
// tenant may have found them whatever the case of the letters.
func (c *Client) Lookup(ctx context.Context, user, _ string) Answer {
	return c.attempt(ctx, http.MethodGet, user, "", "", func(httpStatus int, body []byte) Answer {
		return judgePerson(httpStatus, body, user)
	})
}

// judgePerson reads the answer to a lookup of a user.
func judgePerson(httpStatus int, body []byte, user string) Answer {
	a := judgeUser(httpStatus, body)
	if a.Outcome != On && a.Outcome != Off || httpStatus >= http.StatusMultipleChoices {
		return a
	}
	p, err := readPerson(userObject(body))
	if err == nil && !p.answersTo(user) {
		err = fmt.Errorf("the tenant answered for somebody else: id %q, username %q", p.ID, p.Username)
	}
	if err != nil {
		a.Outcome, a.Message = Failed, clip(err.Error())
		return a
	}
	a.Person = &p
	return a
}

// userObject finds the object that says whether the user is enabled: the body
// itself, or the one inside the envelope.
func userObject(body []byte) []byte {
	var top record
	if parse(body, &top) == nil && top.Enabled.said() {
		return body
	}
	object, _ := wrapped(body)
	return object
}
