package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const usersPath = "/integration/ws/management/rest/users"

// call is a request that names a service, and its user.
type call struct {
	action string // deactivate, activate, get, list; "" if it is none of them
	user   string // decoded; "" for a list
	async  bool
	page   page // of a list
}

// refusal is why a request is not served.
type refusal struct {
	status int
	reason string
	allow  string // method, with 405
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, reason: fmt.Sprintf(format, args...)}
}

func (f *refusal) answer(r *http.Request) answer {
	a := failure(r, f.status, f.reason)
	a.allow = f.allow
	return a
}

// parse checks everything that can be wrong with a request. Action and user
// are filled in as far as they are known, also of a refused one.
func (t *Tenant) parse(r *http.Request) (call, *refusal) {
	c, refused := locate(rawPath(r.URL))
	if refused != nil {
		return c, refused
	}
	if refused := t.checkHeaders(r, &c); refused != nil {
		return c, refused
	}
	if refused := checkBody(r, c.action); refused != nil {
		return c, refused
	}
	if c.action != "list" {
		return c, nil
	}
	c.page, refused = readPage(r.URL.RawQuery, t.options.IndexBase, t.options.LenientIndex)
	return c, refused
}

// rawPath is the path as it was sent. EscapedPath alone is not: it encodes
// anew what holds a character that ought to have been encoded, and then an
// encoded slash becomes a real one.
func rawPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

// locate finds the service and the user in an encoded path.
func locate(path string) (call, *refusal) {
	rest, ok := strings.CutPrefix(path, usersPath)
	if ok && rest == "" {
		return call{action: "list"}, nil
	}
	if !ok || rest[0] != '/' {
		return call{}, refuse(http.StatusNotFound, "No message available")
	}
	segment, action, deeper := strings.Cut(rest[1:], "/")
	c := call{action: "get"}
	if deeper {
		c.action = action
	}
	if deeper && action != "deactivate" && action != "activate" {
		return call{}, refuse(http.StatusNotFound, "No message available")
	}
	user, err := decode(segment)
	c.user = user
	if err != nil {
		return c, refuse(http.StatusBadRequest, "%v", err)
	}
	return c, nil
}

// decode undoes the percent-encoding of one path segment.
func decode(segment string) (string, error) {
	for i := 0; i < len(segment); i++ {
		if !pathByte[segment[i]] {
			return "", fmt.Errorf("the path holds %q, which must be percent-encoded", segment[i:i+1])
		}
	}
	user, err := url.PathUnescape(segment)
	switch {
	case err != nil:
		return "", fmt.Errorf("the path cannot be decoded: %w", err)
	case user == "":
		return user, errors.New("the path names no user")
	case user == "." || user == "..":
		return user, fmt.Errorf("%q addresses another resource", user)
	}
	return user, nil
}

// pathByte says what may stand in a segment (RFC 3986), less the semicolon:
// a servlet container cuts a segment there.
var pathByte = func() (ok [256]bool) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@%"
	for i := range len(allowed) {
		ok[allowed[i]] = true
	}
	return ok
}()
