package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

const (
	tokenHeader = "X-Cloud-Auth-Token"
	syncHeader  = "X-Cloud-Synchronization"
	idHeader    = "X-Request-Id"

	jsonType = "application/json"

	// maxBody is the most that a request may hold, in bytes.
	maxBody = 64 << 10
)

var errBody = errors.New(`the body must be {"message": "..."}`)

// accepted are the documented values of Accept:
// application/vnd.netex.nlc-api(.{version})?(+{format})?
var accepted = func() map[string]bool {
	all := make(map[string]bool)
	for _, version := range []string{"", ".v1.0.0", ".v1.0.1"} {
		for _, format := range []string{"", "+json", "+plain", "+xml"} {
			all["application/vnd.netex.nlc-api"+version+format] = true
		}
	}
	return all
}()

// checkHeaders checks the method and the headers, and notes the mode.
func (t *Tenant) checkHeaders(r *http.Request, c *call) *refusal {
	method := http.MethodGet
	if c.changes() {
		method = http.MethodPut
	}
	if r.Method != method {
		f := refuse(http.StatusMethodNotAllowed, "Request method '%s' not supported", r.Method)
		f.allow = method
		return f
	}
	if token := only(r.Header, tokenHeader); token == "" || t.options.Token != "" && token != t.options.Token {
		return refuse(http.StatusUnauthorized, "%s is missing or wrong", tokenHeader)
	}
	if !accepted[only(r.Header, "Accept")] {
		return refuse(http.StatusNotAcceptable, "Could not find acceptable representation")
	}
	if !c.changes() {
		return nil // always synchronous
	}
	switch only(r.Header, syncHeader) {
	case "synchronous":
	case "asynchronous":
		c.async = true
	default:
		return refuse(http.StatusBadRequest, "%s must be synchronous or asynchronous", syncHeader)
	}
	return nil
}

// changes says whether the call is a PUT.
func (c *call) changes() bool { return c.action == "deactivate" || c.action == "activate" }

func turnOf(action string) turn {
	if action == "deactivate" {
		return off
	}
	return on
}

// only returns a header's value when it was sent exactly once.
func only(h http.Header, name string) string {
	if v := h[name]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// checkBody allows a message to deactivate and nothing else, and a
// Content-Type only together with it.
func checkBody(r *http.Request, action string) *refusal {
	types := r.Header["Content-Type"]
	body, err := readBody(r)
	switch {
	case err != nil:
		return refuse(http.StatusBadRequest, "the body cannot be read: %v", err)
	case len(body) == 0 && len(types) == 0:
		return nil
	case len(body) == 0:
		return refuse(http.StatusBadRequest, "Content-Type without a body")
	case len(body) > maxBody:
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxBody)
	case action != "deactivate":
		return refuse(http.StatusBadRequest, "%s takes no body", action)
	case !isJSON(types):
		return refuse(http.StatusUnsupportedMediaType, "Content type '%s' not supported", r.Header.Get("Content-Type"))
	}
	if err := checkMessage(body); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return nil
}

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, maxBody+1))
}

func isJSON(types []string) bool {
	if len(types) != 1 {
		return false
	}
	if types[0] == jsonType {
		return true
	}
	media, params, err := mime.ParseMediaType(types[0])
	charset, named := params["charset"]
	return err == nil && media == jsonType && (!named || charset == "utf-8" || charset == "UTF-8")
}

// checkMessage decodes into a map: a struct would take "Message" too.
func checkMessage(body []byte) error {
	var fields map[string]*string
	if err := json.Unmarshal(body, &fields); err != nil {
		return errBody
	}
	if m, ok := fields["message"]; len(fields) != 1 || !ok || m == nil {
		return errBody
	}
	return nil
}
