package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type lineJSON struct {
	Time      string
	N         int
	Method    string
	Action    string
	User      string
	Sync      string
	Status    int
	Platforms map[string]int
	Acted     *bool
}

// sheet is a log that may be read while it is written.
type sheet struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sheet) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sheet) lines(t testing.TB) []lineJSON {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []lineJSON
	for line := range bytes.Lines(s.text.Bytes()) {
		l := decodeJSON[lineJSON](t, line)
		at, err := time.Parse("2006-01-02T15:04:05.000000Z", l.Time)
		if err != nil || at.IsZero() || l.Acted == nil {
			t.Errorf("%s: %v", line, err)
		}
		all = append(all, l)
	}
	for i, l := range all {
		if l.N != i+1 {
			t.Errorf("line %d says %d", i+1, l.N)
		}
	}
	return all
}

func TestLogContent(t *testing.T) {
	var log sheet
	tn := tenant(t, Options{Open: true, Log: &log, Rules: rules(t, "user=b drop\nuser=c drop=after\nuser=d platform=* status=500\nuser=e body=html\nuser=f http=503")})
	do(tn, async(put("a%2F%22%5C%0A%C3%A9", "deactivate")))
	for _, user := range []string{"b", "c", "d", "e", "f"} {
		do(tn, put(user, "activate"))
	}
	do(tn, get("a"))
	do(tn, request(http.MethodGet, usersPath+"?count=1"))
	do(tn, put("..", "deactivate"))
	do(tn, request(http.MethodPost, "/elsewhere"))
	refused := put("g", "deactivate")
	refused.Header.Set(syncHeader, "so\"so")
	do(tn, refused)
	if err := tn.Close(); err != nil {
		t.Fatal(err)
	}
	good := "map[management:204 play:204 social:204 training:200]"
	want := []string{
		`PUT deactivate "a/\"\\\né" asynchronous 200 map[management:204 play:204 social:202 training:202] true`,
		`PUT activate "b" synchronous 0 map[] false`,
		`PUT activate "c" synchronous 0 ` + good + ` true`,
		`PUT activate "d" synchronous 200 map[management:500 play:500 social:500 training:500] false`,
		`PUT activate "e" synchronous 200 ` + good + ` true`,
		`PUT activate "f" synchronous 503 map[] false`,
		`GET get "a"  200 map[] false`,
		`GET list ""  200 map[] false`,
		`PUT deactivate ".." synchronous 400 map[] false`,
		`POST  ""  404 map[] false`,
		`PUT deactivate "g" so"so 400 map[] false`,
	}
	lines := log.lines(t)
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, l := range lines {
		got := fmt.Sprintf("%s %s %q %s %d %v %v", l.Method, l.Action, l.User, l.Sync, l.Status, l.Platforms, *l.Acted)
		if got != want[i] {
			t.Errorf("line %d:\ngot  %s\nwant %s", i+1, got, want[i])
		}
	}
	if strings.Contains(log.text.String(), "secret") {
		t.Error("the token is in the log")
	}
}

// The time is that of arrival.
func TestLogTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log sheet
		tn := tenant(t, Options{Open: true, Log: &log, Latency: time.Minute})
		want := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
		do(tn, get("a"))
		tn.Close()
		if got := log.lines(t)[0].Time; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestLogIsFlushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log sheet
		tn := tenant(t, Options{Open: true, Log: &log})
		for n := range 3 {
			do(tn, get("a"))
			do(tn, get("b"))
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if got := len(log.lines(t)); got != 2*(n+1) {
				t.Errorf("%d lines after %d requests", got, 2*(n+1))
			}
		}
	})
}

func TestLogLosesNothing(t *testing.T) {
	var log sheet
	tn := tenant(t, Options{Open: true, Log: &log})
	const workers, each = 16, 500
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for n := range each {
				do(tn, put(url.PathEscape(fmt.Sprintf("user %d/%d", w, n)), "deactivate"))
			}
		})
	}
	wg.Wait()
	if err := tn.Close(); err != nil {
		t.Fatal(err)
	}
	users := make(map[string]bool)
	for _, l := range log.lines(t) {
		users[l.User] = true
		if !maps.Equal(l.Platforms, map[string]int{"training": 200, "social": 204, "play": 204, "management": 204}) {
			t.Fatalf("got %+v", l)
		}
	}
	if len(users) != workers*each {
		t.Errorf("%d users of %d", len(users), workers*each)
	}
	if n := tn.people.created.size(); n != workers*each {
		t.Errorf("%d people of %d", n, workers*each)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestLogErrorIsTold(t *testing.T) {
	tn, err := New(Options{Open: true, Log: brokenWriter{}})
	if err != nil {
		t.Fatal(err)
	}
	do(tn, get("a"))
	if err := tn.Close(); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}
