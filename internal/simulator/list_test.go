package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// list returns the usernames on a page.
func list(t *testing.T, tn *Tenant, query string) string {
	t.Helper()
	w := do(tn, request(http.MethodGet, usersPath+query))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: got %d %s", query, w.Code, w.Body)
	}
	var names []string
	for _, u := range decodeJSON[[]userJSON](t, w.Body.Bytes()) {
		names = append(names, strings.TrimPrefix(u.Username, "user00000"))
	}
	return strings.Join(names, " ")
}

func TestLenientIndex(t *testing.T) {
	for base, want := range []string{"1 2 | 2 3 | 1 2", "1 2 | 1 2 | 1 2"} {
		tn := tenant(t, Options{Count: 5, IndexBase: base, LenientIndex: true})
		got := list(t, tn, "?startIndex=0&count=2") + " | " + list(t, tn, "?startIndex=1&count=2") + " | " + list(t, tn, "?startIndex=-7&count=2")
		if got != want {
			t.Errorf("base %d: got %s, want %s", base, got, want)
		}
	}
	tn := tenant(t, Options{Count: 5, LenientIndex: true})
	if w := do(tn, request(http.MethodGet, usersPath+"?startIndex=x")); w.Code != http.StatusBadRequest {
		t.Errorf("startIndex=x: got %d", w.Code)
	}
}

// A request that one rule has struck does not count for the next.
func TestListFaults(t *testing.T) {
	tn := tenant(t, Options{Count: 6, Rules: rules(t, `
action=list list=repeat after=2 times=1
action=list list=skip   after=2 times=1
action=list list=empty  after=2 times=1
action=list http=503    after=2 times=1
user=user000001 after=1 http=500`)})
	const query = "?startIndex=2&count=2"
	for i, want := range []string{"3 4", "3 4", "1 2", "4 5", ""} {
		if got := list(t, tn, query); got != want {
			t.Errorf("list %d: got %q, want %q", i+1, got, want)
		}
	}
	if w := do(tn, request(http.MethodGet, usersPath)); w.Code != 503 {
		t.Errorf("list 6: got %d", w.Code)
	}
	if got := list(t, tn, query); got != "3 4" {
		t.Errorf("list 7: got %q", got)
	}
	for i, want := range []int{200, 500, 500} {
		if w := do(tn, get("user000001")); w.Code != want {
			t.Errorf("get %d: got %d, want %d", i+1, w.Code, want)
		}
	}
}

func TestShortPages(t *testing.T) {
	tn := tenant(t, Options{Count: 250, Rules: rules(t, "action=list list=short")})
	for query, want := range map[string]int{"": 100, "?count=7": 7, "?startIndex=200": 50} {
		if got := len(strings.Fields(list(t, tn, query))); got != want {
			t.Errorf("%q: %d people, want %d", query, got, want)
		}
	}
}

func TestChangesBehindOnesBack(t *testing.T) {
	tn := tenant(t, Options{Count: 4, Rules: rules(t, `
user=user000001 action=deactivate do=activate
user=user000002 action=get times=1 do=deactivate
user=user000003 action=get do=remove who=user000004
action=list after=1 times=1 do=add who=zoe`)})
	do(tn, put("user000001", "deactivate"))
	if got := where(tn, "user000001"); got != allPlatforms {
		t.Errorf("1 is on at %q", got)
	}
	for _, want := range []bool{true, false} { // the answer comes before the change
		if u := decodeJSON[userJSON](t, do(tn, get("user000002")).Body.Bytes()); u.Enabled != want {
			t.Errorf("2 is %v, want %v", u.Enabled, want)
		}
	}
	do(tn, get("user000003"))
	for _, r := range []*http.Request{get("user000004"), put("user000004", "activate"), get(madeUpID(0, 3))} {
		if w := do(tn, r); w.Code != http.StatusNotFound {
			t.Errorf("4, who was removed: got %d", w.Code)
		}
	}
	for _, want := range []string{"1 2 3", "1 2 3", "zoe 1 2 3"} {
		if got := list(t, tn, ""); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if w := do(tn, put("zoe", "deactivate")); w.Code != http.StatusOK {
		t.Errorf("zoe: got %d", w.Code)
	}
}

// Whoever is removed is unknown also where everybody else is known, and may
// come back.
func TestRemovedAndBack(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, "user=anna action=deactivate do=remove\nuser=bob do=add who=anna")})
	for _, tt := range []struct {
		r    *http.Request
		want int
	}{
		{put("anna", "deactivate"), 200},
		{get("anna"), 404},
		{put("anna", "activate"), 404},
		{get("bob"), 200},
		{get("anna"), 200},
	} {
		if w := do(tn, tt.r); w.Code != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.r.Method, tt.r.URL, w.Code, tt.want)
		}
	}
	if got := where(tn, "anna"); got != "" {
		t.Errorf("came back on at %q", got)
	}
}

// The list is whole at any page size, whoever comes and goes.
func TestListWithGaps(t *testing.T) {
	tn := tenant(t, Options{Count: 9})
	for _, name := range []string{"ann", "bob", "cid"} {
		tn.people.add(name)
	}
	for _, name := range []string{"bob", "user000001", "user000002", "user000009", "nobody"} {
		tn.people.remove(name)
	}
	const want = "cid ann 3 4 5 6 7 8"
	for count := 1; count <= 9; count++ {
		var pages []string
		for first := 0; ; first += count {
			page := list(t, tn, fmt.Sprintf("?startIndex=%d&count=%d", first, count))
			if page == "" {
				break
			}
			pages = append(pages, page)
		}
		if got := strings.Join(pages, " "); got != want {
			t.Errorf("pages of %d: got %s, want %s", count, got, want)
		}
	}
}

func TestAdminsAndOff(t *testing.T) {
	const n = 2000
	tn := tenant(t, Options{Count: n, Admins: 3, Off: 0.25, People: people(t, "username\nzoe\n")})
	admins, off := 0, 0
	for k := range index(n) {
		u := decodeJSON[userJSON](t, do(tn, get(madeUpUsername(k))).Body.Bytes())
		if u.Roles["management"][0] == "admin" {
			admins++
		}
		if !u.Enabled {
			off++
		}
	}
	if admins != 3 || off < n/5 || off > n*3/10 {
		t.Errorf("%d admins and %d of %d off, want 3 and a quarter", admins, off, n)
	}
	if zoe := decodeJSON[userJSON](t, do(tn, get("zoe")).Body.Bytes()); !zoe.Enabled || zoe.Roles["management"][0] != "user" {
		t.Errorf("zoe is made up: %+v", zoe)
	}
	practice := tenant(t, Options{Open: true, Practice: true})
	if u := decodeJSON[userJSON](t, do(practice, get("it.admin")).Body.Bytes()); u.Roles["management"][0] != "admin" {
		t.Errorf("practice: %+v", u)
	}
}
