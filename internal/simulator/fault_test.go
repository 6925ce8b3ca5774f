package simulator

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRequestFaults(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		code  int
		acted bool
		body  string // a part of it
	}{
		{"user=anna http=500", 500, false, `"status":500,"error":"Internal Server Error","message":"Internal Server Error"`},
		{`user=anna http=409 message="is \"busy\""`, 409, false, `"message":"is \"busy\""`},
		{"http=502 body=html", 502, false, "<h1>502 Bad Gateway</h1>"},
		{"http=500 body=empty", 500, false, ""},
		{"body=html", 200, true, "<html>"},
		{"body=cut", 200, true, `{"location":null`},
		{"body=empty", 200, true, ""},
		{"body=huge", 200, true, strings.Repeat("x", 1<<20)},
		{"drop", 0, false, ""},
		{"drop=before", 0, false, ""},
		{"drop=after", 0, true, ""},
		{"method=PUT action=deactivate http=500", 500, false, ""},
		{"method=GET http=500", 200, true, ""},
		{"action=activate http=500", 200, true, ""},
		{"user=ann http=500", 200, true, ""},
		{"http=204 body=empty", 204, false, ""},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			tn := tenant(t, Options{Open: true, Rules: rules(t, tt.rule)})
			w := do(tn, put("anna", "deactivate"))
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %.200s", w.Code, w.Body)
			}
			enabled, _ := tn.Enabled("anna", "")
			_, known := tn.Enabled("anna", "")
			if acted := known && !enabled; acted != tt.acted {
				t.Errorf("acted is %v", acted)
			}
		})
	}
}

func TestSpoiltBodies(t *testing.T) {
	size := func(rule string) int {
		return do(tenant(t, Options{Open: true, Rules: rules(t, rule)}), put("anna", "deactivate")).Body.Len()
	}
	if n := size("body=cut"); n != len(synchronousBody)/2 {
		t.Errorf("cut: %d bytes", n)
	}
	if n := size("body=empty"); n != 0 {
		t.Errorf("empty: %d bytes", n)
	}
	if n := size("body=huge"); n <= 1<<20 {
		t.Errorf("huge: %d bytes", n)
	}
}

func TestFaultHeaders(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, "user=a http=429 retry-after=1.5\nuser=b http=302 location=https://other/x")})
	if got := do(tn, put("a", "deactivate")).Header().Get("Retry-After"); got != "1.5" {
		t.Errorf("Retry-After %q", got)
	}
	w := do(tn, put("b", "deactivate"))
	if got := w.Header().Get("Location"); w.Code != 302 || got != "https://other/x" {
		t.Errorf("got %d, Location %q", w.Code, got)
	}
}

func TestPlatformFaults(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, `
# the first rule for a platform counts
user=anna* platform=training status=503 message="try later" location=/x times=2
user=anna* platform=t* status=409
user=bob platform=* status=500
`)})
	for n, want := range []int{503, 503, 409, 409} {
		w := do(tn, put("anna.b", "deactivate"))
		if got := statuses(t, w)["training"]; got != want {
			t.Errorf("answer %d: training %d, want %d", n, got, want)
		}
		if p := decodeJSON[envelopeJSON](t, w.Body.Bytes()).Platforms["training"]; want == 503 && (*p.Message != "try later" || *p.Location != "/x") {
			t.Errorf("got %s", w.Body)
		}
		if got := where(tn, "anna.b"); got != "training" {
			t.Errorf("on at %q", got)
		}
	}
	if got := statuses(t, do(tn, put("anna.c", "deactivate")))["training"]; got != 503 {
		t.Errorf("times is not per user: got %d", got)
	}
	w := do(tn, put("bob", "deactivate"))
	if got := where(tn, "bob"); got != allPlatforms || statuses(t, w)["management"] != 500 || w.Code != 200 {
		t.Errorf("bob is on at %q: %s", got, w.Body)
	}
}

// A platform that fails an asynchronous call has queued nothing.
func TestPlatformFaultQueuesNothing(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, "platform=training status=503")})
	if got := statuses(t, do(tn, async(put("anna", "deactivate")))); got["training"] != 503 || got["social"] != 202 {
		t.Errorf("got %v", got)
	}
	if got := where(tn, "anna"); got != "training" {
		t.Errorf("on at %q", got)
	}
}

// A rule is not used up by a request that another one has kept from the
// platforms.
func TestTimesAreNotWasted(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, "platform=training status=503 times=1\nhttp=500 times=1")})
	if w := do(tn, put("anna", "deactivate")); w.Code != 500 {
		t.Errorf("got %d", w.Code)
	}
	for _, want := range []int{503, 200} {
		if got := statuses(t, do(tn, put("anna", "deactivate")))["training"]; got != want {
			t.Errorf("training %d, want %d", got, want)
		}
	}
}

func TestRulesMeanThePerson(t *testing.T) {
	tn := tenant(t, Options{Count: 5, Rules: rules(t, "user=user000003 http=500 times=1")})
	if w := do(tn, put(madeUpID(0, 2), "deactivate")); w.Code != 500 {
		t.Errorf("by id: got %d", w.Code)
	}
	if w := do(tn, put("user000003", "deactivate")); w.Code != 200 {
		t.Errorf("a second time: got %d", w.Code)
	}
}

func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Latency: time.Second, Rules: rules(t, "delay=2s\nuser=a http=500 delay=3s\ndelay=5s")})
		for user, want := range map[string]time.Duration{"a": 6 * time.Second, "b": 8 * time.Second} {
			began := time.Now()
			do(tn, put(user, "deactivate"))
			if got := time.Since(began); got != want {
				t.Errorf("%s took %v, want %v", user, got, want)
			}
		}
	})
}

func TestShare(t *testing.T) {
	hit := func(seed uint64, rule string) map[int]bool {
		tn := tenant(t, Options{Count: 20_000, Seed: seed, Rules: rules(t, rule)})
		users := make(map[int]bool)
		for n := range 20_000 {
			if do(tn, put(madeUpUsername(index(n)), "deactivate")).Code == 500 {
				users[n] = true
			}
		}
		return users
	}
	const rule = "share=1% http=500"
	first := hit(1, rule)
	if n := len(first); math.Abs(float64(n)-200) > 60 {
		t.Errorf("1%% of 20000 is %d", n)
	}
	if again := hit(1, rule); fmt.Sprint(again) != fmt.Sprint(first) {
		t.Error("the same seed picks other users")
	}
	for name, other := range map[string]map[int]bool{"seed": hit(2, rule), "rule": hit(1, rule+" message=x")} {
		both := 0
		for n := range first {
			if other[n] {
				both++
			}
		}
		if both > 20 {
			t.Errorf("another %s picks %d of the same users", name, both)
		}
	}
}

func TestPractice(t *testing.T) {
	tn := tenant(t, Options{Open: true, Practice: true, Rules: rules(t, "user=own.missing http=503")})
	for user, want := range map[string]int{"anna": 200, "is.missing.here": 404, "who.fails": 200, "own.missing": 503} {
		w := do(tn, put(user, "deactivate"))
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", user, w.Code, want)
		}
	}
	if w := do(tn, get("missing")); w.Code != 404 {
		t.Errorf("get: got %d", w.Code)
	}
	for range 2 {
		w := do(tn, async(put("who.fails", "deactivate")))
		if got := statuses(t, w)["training"]; got != 500 || where(tn, "who.fails") == "" {
			t.Errorf("got %s", w.Body)
		}
	}
}
