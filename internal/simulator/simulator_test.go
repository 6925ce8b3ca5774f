package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const accept = "application/vnd.netex.nlc-api+json"

// tenant returns one that is closed at the end of the test.
func tenant(t testing.TB, o Options) *Tenant {
	t.Helper()
	tn, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tn.Close(); err != nil {
			t.Error(err)
		}
	})
	return tn
}

func start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func rules(t testing.TB, text string) []Rule {
	t.Helper()
	rs, err := ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// request is a valid one, to be spoilt.
func request(method, path string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept", accept)
	r.Header.Set(tokenHeader, "secret")
	if method == http.MethodPut {
		r.Header.Set(syncHeader, "synchronous")
	}
	return r
}

// put takes the user as it stands in the path.
func put(user, action string) *http.Request {
	return request(http.MethodPut, usersPath+"/"+user+"/"+action)
}

func async(r *http.Request) *http.Request {
	r.Header.Set(syncHeader, "asynchronous")
	return r
}

func get(user string) *http.Request { return request(http.MethodGet, usersPath+"/"+user) }

// do returns the answer, code 0 for a dropped connection.
func do(tn http.Handler, r *http.Request) (w *httptest.ResponseRecorder) {
	w = httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			w.Code = 0
		}
	}()
	tn.ServeHTTP(w, r)
	return w
}

type envelopeJSON struct {
	Status    int
	Platforms map[string]struct {
		Status            int
		Message, Location *string
	} `json:"responsePlatforms"`
}

func decodeJSON[T any](t testing.TB, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %.200q", err, body)
	}
	return v
}

// statuses returns the platforms' of an answer.
func statuses(t testing.TB, w *httptest.ResponseRecorder) map[string]int {
	t.Helper()
	all := make(map[string]int)
	for name, p := range decodeJSON[envelopeJSON](t, w.Body.Bytes()).Platforms {
		all[name] = p.Status
	}
	return all
}

// where lists the platforms that a person is on.
func where(tn *Tenant, user string) string {
	var names []string
	for _, name := range platformNames {
		if enabled, _ := tn.Enabled(user, name); enabled {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

const allPlatforms = "training social play management"
