package simulator

import (
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestDocumentedAnswers(t *testing.T) {
	const want = `{"location":null,"message":"","responsePlatforms":{` +
		`"training":{"location":null,"message":null,"status":200},` +
		`"social":{"location":null,"message":null,"status":204},` +
		`"play":{"location":null,"message":null,"status":204},` +
		`"management":{"location":null,"message":null,"status":204}},"status":204}`
	for _, action := range []string{"deactivate", "activate"} {
		tn := tenant(t, Options{Open: true})
		w := do(tn, put("anna", action))
		if w.Body.String() != want || w.Header().Get("Content-Type") != apiType[0] {
			t.Errorf("%s: got %s %s", action, w.Header(), w.Body)
		}
		w = do(tn, async(put("anna", action)))
		got := map[string]int{"training": 202, "social": 202, "play": 204, "management": 204}
		if !maps.Equal(statuses(t, w), got) {
			t.Errorf("asynchronous %s: got %s", action, w.Body)
		}
		if s := decodeJSON[envelopeJSON](t, w.Body.Bytes()).Status; s != 204 {
			t.Errorf("asynchronous %s: generic status %d", action, s)
		}
	}
}

func TestSynchronousAtOnce(t *testing.T) {
	tn := tenant(t, Options{Open: true, Settle: time.Hour})
	for range 2 {
		do(tn, put("anna", "deactivate"))
		if got := where(tn, "anna"); got != "" {
			t.Errorf("deactivated, on at %q", got)
		}
	}
	do(tn, put("anna", "activate"))
	if got := where(tn, "anna"); got != allPlatforms {
		t.Errorf("activated, on at %q", got)
	}
}

func TestAsynchronousSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Settle: 10 * time.Second})
		expect := func(want string) {
			t.Helper()
			if got := where(tn, "anna"); got != want {
				t.Errorf("on at %q, want %q", got, want)
			}
		}
		do(tn, async(put("anna", "deactivate")))
		expect("training social")
		time.Sleep(9 * time.Second)
		do(tn, async(put("anna", "deactivate"))) // does not lose its place
		time.Sleep(time.Second - time.Nanosecond)
		expect("training social")
		time.Sleep(time.Nanosecond)
		expect("")

		do(tn, async(put("anna", "activate")))
		expect("play management")
		time.Sleep(5 * time.Second)
		do(tn, async(put("anna", "deactivate"))) // takes its place
		time.Sleep(5 * time.Second)
		expect("")
		time.Sleep(time.Hour)
		expect("")
	})
}

func TestSynchronousSettlesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Settle: 10 * time.Second})
		do(tn, async(put("anna", "deactivate")))
		do(tn, put("anna", "deactivate"))
		if got := where(tn, "anna"); got != "" {
			t.Errorf("on at %q", got)
		}
		do(tn, async(put("anna", "deactivate")))
		do(tn, put("anna", "activate"))
		time.Sleep(time.Minute)
		if got := where(tn, "anna"); got != allPlatforms {
			t.Errorf("on at %q: the queue outlived a later answer", got)
		}
	})
}

func TestQueuesAreTidied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStates(time.Now(), time.Second)
		const people = 100_000
		for i := range index(people) {
			s.enqueue(i*shards, time.Now(), off, queueing)
			time.Sleep(time.Millisecond)
		}
		if n := len(s.shards[0].queues); n > 3000 {
			t.Errorf("%d queues are kept, about 1000 are waiting", n)
		}
		time.Sleep(time.Second)
		for i := range index(people) {
			if got := s.offAt(i*shards, time.Now()); got != queueing {
				t.Fatalf("person %d is off at %b", i, got)
			}
		}
	})
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Latency: time.Second, Jitter: 100 * time.Millisecond})
		var took []time.Duration
		for range 50 {
			began := time.Now()
			do(tn, get("anna"))
			took = append(took, time.Since(began))
		}
		for _, d := range took {
			if d < time.Second || d > 1100*time.Millisecond {
				t.Errorf("took %v", d)
			}
		}
		if took[0] == took[1] {
			t.Errorf("no jitter: %v twice", took[0])
		}
		began := time.Now()
		if w := do(tn, request(http.MethodPost, usersPath)); w.Code != 405 || time.Since(began) != 0 {
			t.Errorf("a refusal took %v", time.Since(began))
		}
	})
}

func TestCloseCutsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Latency: time.Hour})
		began := time.Now()
		done := make(chan int)
		go func() { done <- do(tn, put("anna", "deactivate")).Code }()
		synctest.Wait()
		if err := tn.Close(); err != nil {
			t.Error(err)
		}
		if code := <-done; code != 0 || time.Since(began) != 0 {
			t.Errorf("got %d after %v", code, time.Since(began))
		}
		if _, known := tn.Enabled("anna", ""); known {
			t.Error("the server acted")
		}
		if code := do(tn, get("anna")).Code; code != 0 {
			t.Errorf("got %d from a closed tenant", code)
		}
	})
}
