package netex

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Outcome is what an answer means for a user or for one platform.
type Outcome string

// A deactivation ends in the first three, a check in the last three or in
// Failed.
const (
	Done    Outcome = "done"
	Pending Outcome = "pending"
	Failed  Outcome = "failed"
	Off     Outcome = "off"
	On      Outcome = "on"
	Missing Outcome = "missing"
)

// Verdict is what an answer means for what comes next.
type Verdict int

const (
	Final        Verdict = iota // the outcome stands
	Again                       // worth another attempt; the tenant is there
	Throttled                   // worth another attempt, and all must slow down
	Down                        // worth another attempt, if the tenant is there at all
	Dead                        // the outcome stands, and the tenant may not be there at all
	Unauthorized                // the token is refused: stop
	Forbidden                   // the outcome stands, unless everybody gets it
	Redirected                  // this is not the tenant's address: stop
)

// Answer is what one attempt ended in.
type Answer struct {
	Outcome    Outcome
	Verdict    Verdict
	HTTPStatus int // 0: no answer came
	Status     int // the generic one of the envelope; 0: none that can be read
	Message    string
	Location   string
	Platforms  []Platform // by name
	RetryAfter time.Duration
	Latency    time.Duration
	RequestID  string // as it was sent; "" when ids are not wanted
	Reached    bool   // the request may have been received

	Person *Person  // of a lookup that is on or off
	People []Person // of a list that is done
}

// Platform is one platform's share of an answer.
type Platform struct {
	Name     string
	Outcome  Outcome
	Status   int // 0: none that can be read
	Message  string
	Location string
}

// unreached is the answer to a request that could not even be made.
func unreached(err error) Answer {
	return Answer{Outcome: Failed, Verdict: Final, Message: err.Error()}
}

// broken is the answer to an attempt that got none.
func broken(err error) Answer {
	a := Answer{Outcome: Failed, Verdict: Down, Message: cause(err)}
	if errors.Is(err, errUnasked) || errors.As(err, new(tooLarge)) {
		a.Verdict = Again // the tenant is there
	}
	return a
}

// tooLarge is an answer of more than so many bytes.
type tooLarge int64

func (most tooLarge) Error() string {
	return fmt.Sprintf("the answer is larger than %d MiB", int64(most)>>20)
}

// cause is the error in the operator's words.
func cause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer within the time-out"
	}
	if errors.As(err, new(tls.RecordHeaderError)) {
		return "the tenant does not speak TLS"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was closed before the whole answer came"
	}
	return clip(err.Error())
}

// settle judges an answer by its HTTP status, and leaves a 2xx to judge.
func settle(resp *http.Response, body []byte, err error, judge func(int, []byte) Answer) Answer {
	code := resp.StatusCode
	if code >= 300 {
		a := Answer{Outcome: Failed, Verdict: verdict(code), Message: serverText(code, body)}
		if a.Verdict == Final {
			a = refusal(code, body, judge)
		}
		a.HTTPStatus, a.Reached = code, true
		a.Status = said(body).Status.number()
		a.Location = clip(resp.Header.Get("Location"))
		return a
	}
	var a Answer
	switch {
	case code < 200:
		a = Answer{Outcome: Failed, Verdict: Again, Message: serverText(code, nil)}
	case err != nil:
		a = broken(err)
	default:
		a = judge(code, body)
	}
	a.HTTPStatus, a.Reached = code, true
	return a
}

// verdict is what an HTTP status of 300 and above means for what comes next.
func verdict(code int) Verdict {
	switch code {
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusForbidden:
		return Forbidden
	case http.StatusTooManyRequests:
		return Throttled
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return Again
	case 500, 502, 503, 504:
		return Down
	}
	switch {
	case code >= 500:
		return Dead
	case code >= 400:
		return Final
	}
	return Redirected
}

// refusal is a 4xx about this user alone. A body that is an envelope still
// says what it says; nothing in it can make the user more than failed.
func refusal(code int, body []byte, judge func(int, []byte) Answer) Answer {
	a := judge(code, body)
	if a.Outcome != Missing {
		a.Outcome = Failed
	}
	a.Verdict, a.Message = Final, serverText(code, body)
	return a
}

// serverText is what the server says for itself, or the status in words.
func serverText(code int, body []byte) string {
	e := said(body)
	if m := cmp.Or(clip(string(e.Message)), clip(string(e.Error))); m != "" {
		return m
	}
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("HTTP %d %s", code, text)
	}
	return fmt.Sprintf("HTTP %d", code)
}

// maxText bounds what is kept of a server's text, in bytes.
const maxText = 1000

// clip keeps a server's text within bounds. JSON escapes the control characters
// of ASCII but not the later ones, which a terminal obeys just as well. A text
// without anything to see says nothing.
func clip(s string) string {
	seen := false
	s = strings.Map(func(r rune) rune {
		seen = seen || unicode.IsGraphic(r) && !unicode.IsSpace(r)
		if r >= 0x7F && r <= 0x9F {
			return utf8.RuneError
		}
		return r
	}, s)
	if !seen {
		return ""
	}
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
