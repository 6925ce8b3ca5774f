package netex

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // net/http tells of bytes that nobody asked for
	goleak.VerifyTestMain(m)
}

func client(t *testing.T, s *httptest.Server, change func(*Options)) *Client {
	t.Helper()
	base, err := ParseBase(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Base: base, Token: "secret", Mode: Synchronous, Connections: 4, Timeout: 10 * time.Second, Version: "1.2.3"}
	if change != nil {
		change(&o)
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// TestRequest holds each request against the documented one.
func TestRequest(t *testing.T) {
	type seen struct {
		method, uri, body string
		header            http.Header
	}
	var got seen
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.RequestURI, string(b), r.Header}
	}))
	const path = "/integration/ws/management/rest/users/"
	header := func(more ...string) http.Header {
		h := http.Header{
			"Accept":             {"application/vnd.netex.nlc-api+json"},
			"X-Cloud-Auth-Token": {"secret"},
			"User-Agent":         {"offboard/1.2.3"},
		}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	defer s.Close()
	// Passwords that lie about for other programs are not for this one.
	t.Setenv("NETRC", filepath.Join(t.TempDir(), ".netrc"))
	t.Setenv("HOME", filepath.Dir(os.Getenv("NETRC")))
	if err := os.WriteFile(os.Getenv("NETRC"), []byte("machine 127.0.0.1 login me password mine\ndefault login me password mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		mode Mode
		call func(*Client) Answer
		want seen
	}{
		{
			"without a message", Synchronous, func(c *Client) Answer { return c.Deactivate(t.Context(), "restuser.netex", "") },
			seen{"PUT", path + "restuser.netex/deactivate", "", header("X-Cloud-Synchronization", "synchronous", "Content-Length", "0")},
		},
		{
			"with a message", Asynchronous, func(c *Client) Answer { return c.Deactivate(t.Context(), "a", `bye "x" <b>`) },
			seen{"PUT", path + "a/deactivate", `{"message":"bye \"x\" \u003cb\u003e"}`, header("X-Cloud-Synchronization", "asynchronous", "Content-Type", "application/json", "Content-Length", "37")},
		},
		{
			"one escaped segment", Synchronous, func(c *Client) Answer { return c.Deactivate(t.Context(), "a/../b c?d#e%2Fé", "") },
			seen{"PUT", path + "a%2F..%2Fb%20c%3Fd%23e%252F%C3%A9/deactivate", "", header("X-Cloud-Synchronization", "synchronous", "Content-Length", "0")},
		},
		{
			"check", Synchronous, func(c *Client) Answer { return c.Check(t.Context(), "a@b", "") },
			seen{"GET", path + "a@b", "", header()},
		},
		{
			"activate", Asynchronous, func(c *Client) Answer { return c.Activate(t.Context(), "a/b", "no message") },
			seen{"PUT", path + "a%2Fb/activate", "", header("X-Cloud-Synchronization", "asynchronous", "Content-Length", "0")},
		},
		{
			"lookup", Synchronous, func(c *Client) Answer { return c.Lookup(t.Context(), "a b", "") },
			seen{"GET", path + "a%20b", "", header()},
		},
		{
			"list", Synchronous, func(c *Client) Answer { return c.List(t.Context(), 0, 500) },
			seen{"GET", strings.TrimSuffix(path, "/") + "?count=500&startIndex=0", "", header()},
		},
		{
			"list from the beginning", Synchronous, func(c *Client) Answer { return c.List(t.Context(), Beginning, 7) },
			seen{"GET", strings.TrimSuffix(path, "/") + "?count=7", "", header()},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, s, func(o *Options) { o.Mode = tt.mode })
			tt.call(c)
			g, _ := json.Marshal([]any{got.method, got.uri, got.body, got.header})
			w, _ := json.Marshal([]any{tt.want.method, tt.want.uri, tt.want.body, tt.want.header})
			if string(g) != string(w) {
				t.Errorf("got  %s\nwant %s", g, w)
			}
		})
	}
}

func TestNeverSent(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent %s", r.RequestURI) }))
	defer s.Close()
	c := client(t, s, nil)
	for _, user := range []string{"", ".", ".."} {
		for _, call := range []func(context.Context, string, string) Answer{c.Deactivate, c.Activate, c.Check, c.Lookup} {
			if a := call(t.Context(), user, ""); a.Outcome != Failed || a.Reached {
				t.Errorf("%q: got %+v, want a failure that never left", user, a)
			}
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the redirect was followed, with token %q", r.Header.Get("X-Cloud-Auth-Token"))
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 304, 307, 308} {
		s := httptest.NewServer(http.RedirectHandler(other.URL, code))
		a := client(t, s, nil).Deactivate(t.Context(), "a", "m")
		if a.Verdict != Redirected || a.Location != other.URL || a.HTTPStatus != code {
			t.Errorf("%d: got %+v, want a redirect to %s", code, a, other.URL)
		}
		s.Close()
	}
}

func TestAttemptsThatGetNoAnswer(t *testing.T) {
	refused := httptest.NewServer(nil)
	refusedURL, _ := url.Parse(refused.URL)
	refused.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"status":`)
	}))
	defer cut.Close()
	dropped := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer dropped.Close()
	for _, tt := range []struct {
		name    string
		server  *httptest.Server
		change  func(*Options)
		reached bool
		message string
	}{
		{"refused", dropped, func(o *Options) { o.Base = refusedURL }, false, "connection refused"},
		{"silent", silent, func(o *Options) { o.Timeout = 50 * time.Millisecond }, true, "no answer within the time-out"},
		{"cut", cut, nil, true, "closed before the whole answer"},
		{"dropped", dropped, nil, true, "closed before the whole answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := client(t, tt.server, tt.change).Deactivate(t.Context(), "a", "")
			if a.Verdict != Down || a.Outcome != Failed || a.Reached != tt.reached || !strings.Contains(a.Message, tt.message) {
				t.Errorf("got %+v, want Down, reached %v, %q", a, tt.reached, tt.message)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"status":204,"message":"`+r.Proto+`"}`)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	if a := client(t, s, nil).Deactivate(t.Context(), "a", ""); a.Outcome != Failed || !strings.Contains(a.Message, "certificate") {
		t.Errorf("an unknown authority: got %+v, want a failure that names the certificate", a)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	a := client(t, s, func(o *Options) { o.Roots = roots }).Deactivate(t.Context(), "a", "")
	if a.Outcome != Done || a.Message != "HTTP/2.0" {
		t.Errorf("a known authority: got %+v, want done over HTTP/2", a)
	}
}

func TestConnectionsAreKept(t *testing.T) {
	var opened int
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		io.WriteString(w, strings.Repeat("x", 10_000))
	}))
	s.Config.ConnState = connCounter(&opened)
	s.Start()
	defer s.Close()
	c := client(t, s, nil)
	for range 20 {
		c.Deactivate(t.Context(), "a", "")
	}
	if opened != 1 {
		t.Errorf("%d connections for 20 requests one after the other, want 1", opened)
	}
}

// TestEveryAttemptIsOurs breaks kept connections: the client must not repeat a
// request by itself, past the rate.
func TestEveryAttemptIsOurs(t *testing.T) {
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, `{"status":204,"enabled":false}`)
	}))
	defer s.Close()
	c := client(t, s, nil)
	for name, call := range map[string]func(context.Context, string, string) Answer{"deactivate": c.Deactivate, "activate": c.Activate, "check": c.Check, "lookup": c.Lookup} {
		requests.Store(0)
		for range 4 {
			call(t.Context(), "a", "")
		}
		if n := requests.Load(); n != 4 {
			t.Errorf("%s: %d requests for 4 attempts", name, n)
		}
	}
}

func TestHugeBodyIsNotRead(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	c := client(t, s, nil)
	for want, a := range map[string]Answer{
		"larger than 1 MiB": c.Deactivate(context.Background(), "a", ""),
		"larger than 8 MiB": c.List(context.Background(), 0, MaxPage),
	} {
		if a.Outcome != Failed || a.Verdict != Again || a.HTTPStatus != 200 || !strings.Contains(a.Message, want) {
			t.Errorf("got %+v, want another attempt for a body %s", a, want)
		}
	}
}

func TestParseBase(t *testing.T) {
	for in, want := range map[string]string{
		"https://acme.learningcloud.me":      "https://acme.learningcloud.me",
		"https://acme.learningcloud.me/":     "https://acme.learningcloud.me",
		"HTTPS://acme.learningcloud.me:8443": "https://acme.learningcloud.me:8443",
		"http://127.0.0.1:8080":              "http://127.0.0.1:8080",
		"http://[::1]:8080":                  "http://[::1]:8080",
		"http://localhost":                   "http://localhost",
	} {
		if u, err := ParseBase(in); err != nil || u.String() != want {
			t.Errorf("%s: got %v, %v, want %s", in, u, err, want)
		}
	}
	for in, want := range map[string]string{
		"acme.learningcloud.me":              "https://",
		"ftp://acme.learningcloud.me":        "https://",
		"https://":                           "no host",
		"https://a.example/integration":      `without "/integration"`,
		"https://a.example?x=1":              "query",
		"https://a.example/?":                "query",
		"https://a.example#top":              "fragment",
		"https://me:secret@a.example":        "password",
		"http://acme.learningcloud.me":       "clear text",
		"http://localhost.evil.example":      "clear text",
		"http://127.0.0.1.evil.example:8080": "clear text",
		"https://a b":                        "not a URL",
		"":                                   "https://",
	} {
		if u, err := ParseBase(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want an error with %q", in, u, err, want)
		}
	}
}

// TestRetryAfterDateIsOfTheTenantsClock: a clock that is wrong on this side
// neither adds to a pause nor takes it away.
func TestRetryAfterDateIsOfTheTenantsClock(t *testing.T) {
	for _, wrong := range []time.Duration{-time.Hour, 0, time.Hour} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			there := time.Now().Add(wrong).UTC()
			w.Header().Set("Date", there.Format(http.TimeFormat))
			w.Header().Set("Retry-After", there.Add(20*time.Second).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		defer s.Close()
		if a := client(t, s, nil).Deactivate(t.Context(), "anna", ""); a.RetryAfter != 20*time.Second {
			t.Errorf("clocks %v apart: %v to wait, want 20s", wrong, a.RetryAfter)
		}
	}
}
