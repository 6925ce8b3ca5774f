package simulator

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

type userJSON struct {
	ID, Username, Name, Surname, Email, Password string
	Enabled                                      bool
	Roles                                        map[string][]string
}

func people(t testing.TB, text string) []Person {
	t.Helper()
	ps, err := ReadPeople(strings.NewReader(text), 7)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestGetUser(t *testing.T) {
	const id = "ff808181556ee70e015572136a250012"
	tn := tenant(t, Options{People: people(t, `id,username,name,surname,email,roles,enabled
`+id+`,anna.b,"Anna ""A""",Bé,a@b.c,admin,true
,carl,,,,"management=user training=user,trainer",false
`)})
	want := userJSON{ID: id, Username: "anna.b", Name: `Anna "A"`, Surname: "Bé", Email: "a@b.c", Enabled: true}
	for _, name := range []string{id, "anna.b"} {
		got := decodeJSON[userJSON](t, do(tn, get(name)).Body.Bytes())
		if !strings.HasPrefix(got.Password, "$2a$10$") || len(got.Password) != 60 {
			t.Errorf("password hash %q", got.Password)
		}
		if !slices.Equal(got.Roles["management"], []string{"admin"}) {
			t.Errorf("roles %v", got.Roles)
		}
		got.Password, got.Roles = "", nil
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	carl := decodeJSON[userJSON](t, do(tn, get("carl")).Body.Bytes())
	if carl.Enabled || where(tn, "carl") != "" {
		t.Errorf("carl is on: %+v", carl)
	}
	if !isID(carl.ID) || carl.Name == "" || carl.Surname == "" || carl.Email != "carl@example.com" {
		t.Errorf("not filled in: %+v", carl)
	}
	if fmt.Sprint(carl.Roles) != "map[management:[user] training:[user trainer]]" {
		t.Errorf("roles %v", carl.Roles)
	}
}

// enabled is the management platform's flag and no other's.
func TestEnabledIsManagements(t *testing.T) {
	tn := tenant(t, Options{Open: true, Rules: rules(t, "user=anna platform=management status=500\nuser=bob platform=t* status=500")})
	for user, want := range map[string]bool{"anna": true, "bob": false} {
		do(tn, put(user, "deactivate"))
		if got := decodeJSON[userJSON](t, do(tn, get(user)).Body.Bytes()); got.Enabled != want {
			t.Errorf("%s: enabled %v, want %v", user, got.Enabled, want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	tn := tenant(t, Options{Count: 3, Envelope: true})
	one := decodeJSON[struct {
		Status int
		User   userJSON
	}](t, do(tn, get("user000002")).Body.Bytes())
	if one.Status != 200 || one.User.Username != "user000002" {
		t.Errorf("got %+v", one)
	}
	all := decodeJSON[struct{ Users []userJSON }](t, do(tn, request(http.MethodGet, usersPath)).Body.Bytes())
	if len(all.Users) != 3 {
		t.Errorf("got %+v", all)
	}
}

func TestUnknownUser(t *testing.T) {
	tn := tenant(t, Options{Count: 10, People: people(t, "username\nanna\n")[:1]})
	for _, user := range []string{"bob", "user000011", "user000000", "user01", "user0000001", "user+00001", "Anna", madeUpID(0, 10), madeUpID(1, 0)} {
		w := do(tn, put(user, "deactivate"))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", user, w.Code)
		}
		checkSpring(t, w.Body.Bytes(), 404)
	}
	for _, user := range []string{"anna", "user000001", "user000010", madeUpID(0, 9)} {
		if w := do(tn, put(user, "deactivate")); w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", user, w.Code, w.Body)
		}
	}
}

func TestMadeUpPeople(t *testing.T) {
	for _, k := range []index{0, 1, 999_998, 999_999, 1_000_000, 5_000_000} {
		for _, name := range []string{madeUpUsername(k), madeUpID(7, k)} {
			if got, ok := madeUpIndex(7, name); !ok || got != k {
				t.Errorf("%s is %d, %v; want %d", name, got, ok, k)
			}
		}
	}
	if madeUpID(1, 0) == madeUpID(2, 0) {
		t.Error("the seed changes nothing")
	}
	if id := madeUpID(7, 12); !isID(id) || id != madeUpID(7, 12) {
		t.Errorf("id %q", id)
	}
}

func TestIDAndUsernameAreOnePerson(t *testing.T) {
	tn := tenant(t, Options{Count: 2, Open: true})
	for _, user := range []string{"user000002", "opened", "ff808181556ee70e015572136a250012"} {
		u := decodeJSON[userJSON](t, do(tn, get(user)).Body.Bytes())
		size := tn.people.created.size()
		do(tn, put(u.ID, "deactivate"))
		if where(tn, u.Username) != "" || where(tn, user) != "" {
			t.Errorf("%s: deactivated by id %s, on by username %s", user, u.ID, u.Username)
		}
		if tn.people.created.size() != size {
			t.Errorf("%s: somebody new was created", user)
		}
	}
}

// Names with the same hash are different people all the same.
func TestRegisterCollisions(t *testing.T) {
	var r register
	r.init(1)
	r.named = append(r.named, "bob")
	r.byKey[hash(1, "anna")] = 0
	i := r.add("anna")
	id, username := r.names(i)
	if i != 1 || username != "anna" || r.add("anna") != 1 {
		t.Errorf("got person %d, %s", i, username)
	}
	if j, ok := r.find(id); !ok || j != i {
		t.Errorf("by id: got %d, %v", j, ok)
	}
}

func TestReadPeopleErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "header",
		"who,what\n":               "none of the columns id, username",
		"id,ID\n":                  `"id" is there twice`,
		"id,enabled\na,perhaps\n":  `line 2: enabled is "perhaps"`,
		"id,username\na\n":         "wrong number of fields",
		"username\n\"anna\nbob":    "line",
		"username,name\nanna,b\"c": "bare",
	} {
		_, err := ReadPeople(strings.NewReader(text), 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	_, err := New(Options{People: people(t, "username\nanna\nanna\n")})
	if err == nil || !strings.Contains(err.Error(), `person 2`) || !strings.Contains(err.Error(), `"anna"`) {
		t.Errorf("twice the same: %v", err)
	}
}

func TestReadPeopleHeader(t *testing.T) {
	ps := people(t, "\uFEFFEMail, Username ,department\na@b.c,anna,x\n,,\n")
	if len(ps) != 2 || ps[0].Email != "a@b.c" || ps[0].Username != "anna" || ps[1].Username != "user000002" {
		t.Errorf("got %+v", ps)
	}
}

func TestList(t *testing.T) {
	for _, base := range []int{0, 1} {
		tn := tenant(t, Options{IndexBase: base, Count: 1000, People: people(t, "username\nzoe\n"), Open: true})
		do(tn, put("opened", "deactivate"))
		var got []string
		for n := base; ; n += 300 {
			w := do(tn, request(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=300", usersPath, n)))
			page := decodeJSON[[]userJSON](t, w.Body.Bytes())
			for _, u := range page {
				got = append(got, u.Username)
				if u.Enabled != (u.Username != "opened") {
					t.Errorf("%s: enabled %v", u.Username, u.Enabled)
				}
			}
			if len(page) < 300 {
				break
			}
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != 1002 || len(got) != 1002 {
			t.Errorf("base %d: %d people, %d different ones", base, len(got), n)
		}
	}
}

func TestListQuery(t *testing.T) {
	for query, want := range map[string]int{
		"":                          500,
		"?startIndex=1":             500,
		"?count=500":                500,
		"?count=7":                  7,
		"?startIndex=600":           1,
		"?startIndex=601":           0,
		"?startIndex=9999999999999": 0,
		"?startIndex=0":             -1,
		"?startIndex=-1":            -1,
		"?startIndex=x":             -1,
		"?count=501":                -1,
		"?count=0":                  -1,
		"?count=":                   -1,
		"?count=%zz":                -1,
	} {
		tn := tenant(t, Options{Count: 600, IndexBase: 1})
		w := do(tn, request(http.MethodGet, usersPath+query))
		if want < 0 {
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s: got %d", query, w.Code)
			}
			continue
		}
		if n := len(decodeJSON[[]userJSON](t, w.Body.Bytes())); w.Code != http.StatusOK || n != want {
			t.Errorf("%s: got %d, %d people, want %d", query, w.Code, n, want)
		}
	}
}

func TestMillionsAreCheap(t *testing.T) {
	before, began := heap(), time.Now()
	tn := tenant(t, Options{Count: 10_000_000})
	if d := time.Since(began); d > time.Second {
		t.Errorf("took %v to start", d)
	}
	do(tn, put("user9999999", "deactivate"))
	if where(tn, "user9999999") != "" || where(tn, "user9999998") != allPlatforms {
		t.Error("the wrong one was deactivated")
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("ten million people take %d bytes", grown)
	}
	runtime.KeepAlive(tn)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{{IndexBase: 2}, {Rate: -1}, {Burst: -1}, {Count: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
