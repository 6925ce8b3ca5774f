package simulator

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what goes back. Status 0 drops the connection.
type answer struct {
	status      int
	contentType []string // a header's value, shared
	body        []byte
	allow       string
	retryAfter  string
	location    string
}

// Content types. The section management always answers with its latest version, in JSON.
var (
	apiType   = []string{"application/vnd.netex.nlc-api.v1.0.1+json"}
	errorType = []string{"application/json;charset=UTF-8"}
	htmlType  = []string{"text/html;charset=UTF-8"}
)

func (a *answer) send(w http.ResponseWriter) {
	if a.status == 0 {
		// The documented way to cut a connection.
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h["Content-Type"] = a.contentType
	setHeader(h, "Allow", a.allow)
	setHeader(h, "Retry-After", a.retryAfter)
	setHeader(h, "Location", a.location)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may have gone
}

func setHeader(h http.Header, name, value string) {
	if value != "" {
		h[name] = []string{value}
	}
}

// success is an answer of the API itself.
func success(body []byte) answer {
	return answer{status: http.StatusOK, contentType: apiType, body: body}
}

// failure is an answer of the framework: the body has the look of Spring's.
func failure(r *http.Request, status int, reason string) answer {
	b := append(make([]byte, 0, 256), `{"timestamp":"`...)
	b = time.Now().UTC().AppendFormat(b, "2006-01-02T15:04:05.000-0700")
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"error":`...)
	b = appendString(b, http.StatusText(status))
	b = append(b, `,"message":`...)
	b = appendString(b, reason)
	b = append(b, `,"path":`...)
	b = appendString(b, rawPath(r.URL))
	return answer{status: status, contentType: errorType, body: append(b, '}')}
}

// gateway is an answer of the gateway in front.
func gateway(status int) answer {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return answer{status: status, contentType: htmlType, body: []byte(
		"<html>\n<head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1></body>\n</html>\n",
	)}
}

// hugeSize is more than a client should be ready to read, in bytes.
const hugeSize = 1<<20 + 64<<10

// spoil does to the body what a rule says.
func (a *answer) spoil(kind string) {
	switch kind {
	case "html":
		page := gateway(a.status)
		a.contentType, a.body = page.contentType, page.body
	case "cut":
		a.body = a.body[:len(a.body)/2]
	case "empty":
		a.contentType, a.body = nil, nil
	case "huge":
		a.body = []byte(`{"location":null,"message":"` + strings.Repeat("x", hugeSize) + `","responsePlatforms":{},"status":204}`)
	}
}
