package netex

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func connCounter(n *int) func(net.Conn, http.ConnState) {
	var mu sync.Mutex
	return func(_ net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if s == http.StateNew {
			*n++
		}
	}
}

// documented is the example of the vendor's page.
const documented = `{"location": null, "message": "",
 "responsePlatforms": {
   "training":   {"location": null, "message": null, "status": %d},
   "social":     {"location": null, "message": null, "status": %d},
   "play":       {"location": null, "message": null, "status": 204},
   "management": {"location": null, "message": null, "status": 204}},
 "status": 204}`

// TestStatusTable goes through the table of status codes, line by line.
func TestStatusTable(t *testing.T) {
	platforms := func(training, social int) string { return fmt.Sprintf(documented, training, social) }
	spring := `{"timestamp":1,"status":503,"error":"Service Unavailable","message":"no server available","path":"/x"}`
	for _, tt := range []struct {
		name    string
		code    int
		body    string
		outcome Outcome
		verdict Verdict
		message string
	}{
		{"synchronous", 200, platforms(200, 204), Done, Final, ""},
		{"created", 200, platforms(201, 204), Done, Final, ""},
		{"asynchronous", 200, platforms(202, 202), Pending, Final, ""},
		{"generic 202", 200, `{"status":202}`, Pending, Final, ""},
		{"platform 429", 200, platforms(429, 204), Failed, Again, ""},
		{"platform 500", 200, platforms(500, 204), Failed, Again, ""},
		{"platform 502", 200, platforms(502, 202), Failed, Again, ""},
		{"platform 503", 200, platforms(503, 204), Failed, Again, ""},
		{"platform 504", 200, platforms(504, 404), Failed, Again, ""},
		{"platform 404", 200, platforms(404, 202), Failed, Final, ""},
		{"platform 302", 200, platforms(302, 204), Failed, Final, ""},
		{"platform 501", 200, platforms(501, 204), Failed, Final, ""},
		{"platform 206", 200, platforms(206, 204), Failed, Final, ""},
		{"platform 0", 200, platforms(0, 204), Failed, Final, ""},
		{"platform -204", 200, platforms(-204, 204), Failed, Final, ""},
		{"platform null", 200, `{"status":204,"responsePlatforms":{"training":null}}`, Failed, Final, ""},
		{"platform of another shape", 200, `{"status":204,"responsePlatforms":{"training":[204]}}`, Failed, Final, ""},
		{"generic 404", 200, `{"status":404,"message":"no such user"}`, Failed, Final, "no such user"},
		{"generic 500", 200, `{"status":500}`, Failed, Final, "status 500 Internal Server Error"},
		{"no status", 200, `{}`, Failed, Final, "no status that can be read"},
		{"almost a status", 200, `{"sta_tus":204}`, Failed, Final, "no status that can be read"},
		{"status null", 200, `{"status":null,"responsePlatforms":{"a":{"status":204}}}`, Failed, Final, "no status that can be read"},
		{"status 1e30", 200, `{"status":1e30}`, Failed, Final, "no status that can be read"},
		{"status true", 200, `{"status":true}`, Failed, Final, "no status that can be read"},
		{"status as a string", 200, `{"status":"204"}`, Done, Final, ""},
		{"no platform", 200, `{"status":204,"responsePlatforms":{}}`, Done, Final, ""},
		{"platforms null", 200, `{"status":200,"responsePlatforms":null}`, Done, Final, ""},
		{"message of another type", 200, `{"status":404,"message":{"a":1}}`, Failed, Final, `{"a":1}`},
		{"empty", 200, "", Done, Final, ""},
		{"blank", 200, " \r\n", Done, Final, ""},
		{"HTTP 204", 204, "", Done, Final, ""},
		{"HTTP 202", 202, "", Pending, Final, ""},
		{"HTTP 202, done by its body", 202, `{"status":204}`, Pending, Final, ""},
		{"HTTP 202, failed by its body", 202, platforms(404, 204), Failed, Final, ""},
		{"HTTP 202 without a status", 202, `{"status":null}`, Pending, Final, ""},
		{"HTTP 202 with an unreadable status", 202, `{"status":"?"}`, Failed, Final, "no status that can be read"},
		{"HTTP 202 with an unreadable status and another", 202, `{"status":"?","status":404}`, Failed, Final, "no status that can be read"},
		{"HTTP 202 and HTML", 202, "<html>", Pending, Final, ""},
		{"HTTP 206", 206, "", Failed, Final, "HTTP 206 Partial Content"},
		{"HTTP 206 that says 204", 206, platforms(200, 204), Failed, Final, "HTTP 206 Partial Content"},
		{"HTTP 203 that says 202", 203, `{"status":202}`, Failed, Final, "HTTP 203"},
		{"HTTP 244 that says 200", 244, `{"status":200}`, Failed, Final, "HTTP 244"},
		{"HTML", 200, "<html>login</html>", Failed, Again, `not one of this API: "<html>login</html>"`},
		{"cut", 200, `{"status":204,"responsePl`, Failed, Again, "not one of this API"},
		{"two values", 200, `{"status":204}{"status":500}`, Failed, Again, "not one of this API"},
		{"an array", 200, `[{"status":204}]`, Failed, Again, "not one of this API"},
		{"a string", 200, `"ok"`, Failed, Again, "not one of this API"},
		{"null", 200, `null`, Failed, Again, "not one of this API"},
		{"a deep nest", 200, strings.Repeat(`{"a":`, 20_000), Failed, Again, "not one of this API"},
		{"HTTP 400", 400, `{"message":"bad id"}`, Failed, Final, "bad id"},
		{"HTTP 404", 404, "", Failed, Final, "HTTP 404 Not Found"},
		{"HTTP 404 that says 204", 404, `{"status":204}`, Failed, Final, "HTTP 404 Not Found"},
		{"HTTP 409", 409, "<html>", Failed, Final, "HTTP 409 Conflict"},
		{"HTTP 410", 410, "", Failed, Final, "HTTP 410 Gone"},
		{"HTTP 422", 422, "", Failed, Final, "HTTP 422"},
		{"HTTP 418", 418, "", Failed, Final, "HTTP 418"},
		{"HTTP 401", 401, "", Failed, Unauthorized, "HTTP 401 Unauthorized"},
		{"HTTP 403", 403, "", Failed, Forbidden, "HTTP 403 Forbidden"},
		{"HTTP 408", 408, "", Failed, Again, "HTTP 408"},
		{"HTTP 425", 425, "", Failed, Again, "HTTP 425"},
		{"HTTP 429", 429, "", Failed, Throttled, "HTTP 429"},
		{"HTTP 500", 500, spring, Failed, Down, "no server available"},
		{"HTTP 502", 502, "<html>", Failed, Down, "HTTP 502 Bad Gateway"},
		{"HTTP 503", 503, `{"error":"busy"}`, Failed, Down, "busy"},
		{"HTTP 504", 504, "", Failed, Down, "HTTP 504 Gateway Timeout"},
		{"HTTP 501", 501, "", Failed, Dead, "HTTP 501 Not Implemented"},
		{"HTTP 599", 599, "", Failed, Dead, "HTTP 599"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := settle(&http.Response{StatusCode: tt.code}, []byte(tt.body), nil, judge)
			if a.Outcome != tt.outcome || a.Verdict != tt.verdict || a.HTTPStatus != tt.code {
				t.Errorf("got %s, verdict %d, HTTP %d; want %s, verdict %d, HTTP %d",
					a.Outcome, a.Verdict, a.HTTPStatus, tt.outcome, tt.verdict, tt.code)
			}
			if tt.message != "" && !strings.Contains(a.Message, tt.message) {
				t.Errorf("got message %q, want %q", a.Message, tt.message)
			}
		})
	}
}

func TestPlatformsAreKept(t *testing.T) {
	body := `{"status":204,"responsePlatforms":{"zoo":{"status":202,"location":"/q/1"},"art":{"status":404,"message":"gone"}}}`
	a := judge(200, []byte(body))
	want := []Platform{
		{Name: "art", Outcome: Failed, Status: 404, Message: "gone"},
		{Name: "zoo", Outcome: Pending, Status: 202, Location: "/q/1"},
	}
	if fmt.Sprint(a.Platforms) != fmt.Sprint(want) || a.Status != 204 {
		t.Errorf("got %v, status %d, want %v, status 204", a.Platforms, a.Status, want)
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name    string
		code    int
		body    string
		outcome Outcome
		verdict Verdict
	}{
		{"bare, off", 200, `{"id":"1","enabled":false,"password":"x"}`, Off, Final},
		{"bare, on", 200, `{"enabled":true}`, On, Final},
		{"in the envelope", 200, `{"status":200,"user":{"enabled":false},"responsePlatforms":{}}`, Off, Final},
		{"two users", 200, `{"status":200,"a":{"enabled":false},"b":{"enabled":true}}`, Failed, Final},
		{"silent about it", 200, `{"id":"1"}`, Failed, Final},
		{"null", 200, `{"enabled":null}`, Failed, Final},
		{"HTTP 404", 404, "", Missing, Final},
		{"envelope 404", 200, `{"status":404}`, Missing, Final},
		{"envelope 503", 200, `{"status":503}`, Failed, Again},
		{"twice, on and off", 200, `{"enabled":true,"enabled":false}`, Failed, Final},
		{"twice, off and on", 200, `{"enabled":false,"Enabled":true}`, Failed, Final},
		{"twice in the envelope", 200, `{"status":200,"user":{"enabled":true},"user":{"enabled":false}}`, Failed, Final},
		{"as a text", 200, `{"enabled":"false"}`, Failed, Again},
		{"HTML", 200, "<html>", Failed, Again},
		{"HTTP 400 with a user", 400, `{"enabled":false}`, Failed, Final},
		{"HTTP 500", 500, "", Failed, Down},
	} {
		a := settle(&http.Response{StatusCode: tt.code}, []byte(tt.body), nil, judgeUser)
		if a.Outcome != tt.outcome || a.Verdict != tt.verdict {
			t.Errorf("%s: got %s, verdict %d, want %s, verdict %d", tt.name, a.Outcome, a.Verdict, tt.outcome, tt.verdict)
		}
		if strings.Contains(a.Message, "password") {
			t.Errorf("%s: the message holds a part of the user: %q", tt.name, a.Message)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                                0,
		"3":                               3 * time.Second,
		" 3 ":                             3 * time.Second,
		"0.25":                            250 * time.Millisecond,
		"0":                               0,
		"-5":                              0,
		"NaN":                             0,
		"+Inf":                            24 * time.Hour,
		"1e300":                           24 * time.Hour,
		"soon":                            0,
		"Fri, 31 Dec 9999 23:59:59 GMT":   24 * time.Hour,
		"Thu, 26 Nov 2026 09:00:00 GMT":   24 * time.Hour,
		"Tue, 24 Nov 2026 09:00:30 GMT":   30 * time.Second,
		"Tue, 24 Nov 2026 08:00:30 GMT":   0,
		"Tuesday, 24-Nov-26 09:01:00 GMT": time.Minute,
		"Tue Nov 24 09:00:05 2026":        5 * time.Second,
	} {
		if got := RetryAfter(in, now); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func TestRetryAfterProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "now"), 0).UTC()
		s := rapid.Float64Range(0, 86400).Draw(t, "seconds")
		got := RetryAfter(fmt.Sprint(s), now)
		if d := got - time.Duration(s*1e9); d < -time.Microsecond || d > time.Microsecond {
			t.Errorf("%v seconds: got %v", s, got)
		}
		at := rapid.Int64Range(0, 86400).Draw(t, "date")
		if got := RetryAfter(now.Add(time.Duration(at)*time.Second).Format(http.TimeFormat), now); got != time.Duration(at)*time.Second {
			t.Errorf("a date in %d s: got %v", at, got)
		}
		if got := RetryAfter(rapid.String().Draw(t, "text"), now); got < 0 {
			t.Errorf("got %v, below 0", got)
		}
	})
}

// TestTwice: of two members of one name the worse one counts.
func TestTwice(t *testing.T) {
	for body, want := range map[string]Outcome{
		`{"status":204,"responsePlatforms":{"play":{"status":403},"play":{"status":204}}}`:                       Failed,
		`{"status":204,"responsePlatforms":{"play":{"status":204},"play":{"status":403}}}`:                       Failed,
		`{"status":204,"responsePlatforms":{"play":{"status":202},"play":{"status":204}}}`:                       Pending,
		`{"status":204,"responsePlatforms":{"play":{"status":403}},"responsePlatforms":{"play":{"status":204}}}`: Failed,
		"{\"status\":204,\"responsePlatforms\":{\"\xff\":{\"status\":403},\"\xfe\":{\"status\":204}}}":           Failed,
		`{"status":204,"responsePlatforms":{"play":{"status":"?","Status":204}}}`:                                Failed,
		`{"status":403,"status":204}`: Failed,
		`{"status":204,"status":403}`: Failed,
		`{"status":204,"status":204}`: Done,
	} {
		if a := judge(200, []byte(body)); a.Outcome != want {
			t.Errorf("%s: got %s, want %s", body, a.Outcome, want)
		}
	}
}
