package netex

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	annaID   = "ff808181556ee70e015572136a250012"
	annaHash = "$2a$10$pAnnaAnnaAnnaAnnaAnna"
	anna     = `{"id":"` + annaID + `","username":"anna.b","name":"Anna","surname":"Bé","email":"a@b.c","enabled":true,
 "roles":{"training":["user","trainer"],"management":["admin"],"play":null},"password":"` + annaHash + `","image":{"url":null}}`
)

func TestLookup(t *testing.T) {
	silent := strings.Replace(anna, `"enabled":true,`, "", 1)
	twice := func(more string) string { return strings.TrimSuffix(anna, "}") + "," + more + "}" }
	for _, tt := range []struct {
		name    string
		code    int
		body    string
		user    string
		outcome Outcome
		verdict Verdict
		message string
	}{
		{"by username", 200, anna, "anna.b", On, Final, ""},
		{"by id", 200, anna, annaID, On, Final, ""},
		{"whatever the case of the username", 200, anna, "Anna.B", On, Final, ""},
		{"whatever the case of the id", 200, anna, strings.ToUpper(annaID), On, Final, ""},
		{"in the envelope", 200, `{"status":200,"message":"","user":` + anna + `,"responsePlatforms":{}}`, "anna.b", On, Final, ""},
		{"off", 200, strings.Replace(anna, "true", "false", 1), "anna.b", Off, Final, ""},
		{"the same twice", 200, twice(`"Enabled":true,"ID":"` + annaID + `","roles":{"management":["user"]}`), "anna.b", On, Final, ""},

		{"somebody else", 200, anna, "bob", Failed, Final, `somebody else: id "` + annaID + `", username "anna.b"`},
		{"by the email", 200, anna, "a@b.c", Failed, Final, "somebody else"},
		{"a part of the name", 200, anna, "anna", Failed, Final, "somebody else"},
		{"blanks around the name", 200, anna, " anna.b", Failed, Final, "somebody else"},
		{"nobody at all", 200, `{"enabled":true,"name":"Anna"}`, "Anna", Failed, Final, "who the user is"},
		{"an id of another type", 200, `{"enabled":true,"id":{"password":"x"}}`, "x", Failed, Final, "who the user is"},
		{"a username that cannot be kept", 200, "{\"enabled\":true,\"username\":\"a\xff\"}", "a\uFFFD", Failed, Final, "who the user is"},
		{"a username of controls", 200, `{"enabled":true,"username":"a\u0085b"}`, "a\uFFFDb", Failed, Final, "who the user is"},
		{"silent about being on", 200, silent, "anna.b", Failed, Final, "enabled"},
		{"on and off", 200, twice(`"enabled":false`), "anna.b", Failed, Final, "enabled"},
		{"two ids", 200, twice(`"id":"x"`), "anna.b", Failed, Final, "cannot be read"},
		{"two usernames", 200, twice(`"userName":"bob"`), "anna.b", Failed, Final, "cannot be read"},
		{"roles of another shape", 200, `{"enabled":true,"id":"x","roles":["admin"]}`, "x", Failed, Final, "cannot be read"},
		{"roles of another type", 200, `{"enabled":true,"id":"x","roles":{"management":"admin"}}`, "x", Failed, Final, "cannot be read"},
		{"too many roles", 200, `{"enabled":true,"id":"x","roles":{"a":[` + strings.Repeat(`"r",`, maxRoles) + `"admin"]}}`, "x", Failed, Final, "cannot be read"},
		{"two people", 200, `{"status":200,"a":` + anna + `,"b":` + anna + `}`, "anna.b", Failed, Final, "enabled"},

		{"HTTP 404", 404, `{"status":404,"message":"User not found"}`, "anna.b", Missing, Final, "User not found"},
		{"HTTP 410", 410, "", "anna.b", Missing, Final, "Gone"},
		{"envelope 404", 200, `{"status":404,"message":{"password":"x"}}`, "anna.b", Missing, Final, "status 404 Not Found"},
		{"envelope 503", 200, `{"status":503}`, "anna.b", Failed, Again, "status 503"},
		{"HTTP 400 with the user", 400, anna, "anna.b", Failed, Final, ""},
		{"HTTP 403 with the user", 403, anna, "anna.b", Failed, Forbidden, ""},
		{"HTTP 500", 500, anna, "anna.b", Failed, Down, ""},
		{"HTML", 200, "<html>", "anna.b", Failed, Again, "not a user"},
		{"cut", 200, anna[:200], "anna.b", Failed, Again, "not a user"},
		{"a list of one", 200, "[" + anna + "]", "anna.b", Failed, Again, "not a user"},
	} {
		a := settle(&http.Response{StatusCode: tt.code}, []byte(tt.body), nil, func(code int, body []byte) Answer {
			return judgePerson(code, body, tt.user)
		})
		if a.Outcome != tt.outcome || a.Verdict != tt.verdict || !strings.Contains(a.Message, tt.message) {
			t.Errorf("%s: got %s, verdict %d, %q; want %s, verdict %d, %q",
				tt.name, a.Outcome, a.Verdict, a.Message, tt.outcome, tt.verdict, tt.message)
		}
		if found := a.Outcome == On || a.Outcome == Off; (a.Person != nil) != found {
			t.Errorf("%s: %s with the person %v", tt.name, a.Outcome, a.Person)
		}
		if a.Person != nil && a.Person.Enabled != (a.Outcome == On) {
			t.Errorf("%s: %s with the person %v", tt.name, a.Outcome, a.Person)
		}
	}
}

func TestPersonIsKept(t *testing.T) {
	p, err := readPerson([]byte(anna))
	if err != nil {
		t.Fatal(err)
	}
	want := Person{
		ID: annaID, Username: "anna.b", Name: "Anna Bé", Email: "a@b.c", Enabled: true,
		Roles: []string{"management:admin", "training:trainer", "training:user"},
	}
	if fmt.Sprint(p) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
}

func TestAdmin(t *testing.T) {
	for roles, want := range map[string]bool{
		`null`: false, `{}`: false, `{"management":[]}`: false,
		`{"management":["user"],"admin":["user"]}`:         false,
		`{"management":["administrative"]}`:                false,
		`{"management":["admin"]}`:                         true,
		`{"play":["user","Admin"]}`:                        true,
		`{"a:b":["admin"]}`:                                true,
		`{"management":["admin"],"management":["user"]}`:   true,
		`{"management":["user"]},"roles":{"x":["admin"]}`:  true,
		`{"management":["admin"]},"Roles":{"x":["admin"]}`: true,
	} {
		p, err := readPerson([]byte(`{"enabled":true,"id":"x","roles":` + roles + `}`))
		if err != nil || p.Admin() != want {
			t.Errorf("%s: got %v, %v, want %v", roles, p.Admin(), err, want)
		}
	}
}

func TestPersonIsBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<17)
	p, err := readPerson([]byte(`{"enabled":true,"id":"x","username":"` + long + `","name":"` + long + `","email":"` + long + `","roles":{"a":["` + long + `"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if p.Username != "" {
		t.Errorf("a username of %d bytes is kept in %d", len(long), len(p.Username))
	}
	for _, s := range []string{p.Name, p.Email, p.Roles[0]} {
		if len(s) > maxText+len("a:…") {
			t.Errorf("%d bytes are kept", len(s))
		}
	}
}

const secret = "p4ssw0rd-hash"

// passwords are the places where a password belongs.
var passwords = regexp.MustCompile(`(?i)"password"\s*:\s*"[^"\\]*` + secret)

// FuzzPerson decodes whatever a server may say of a user, and of a list of
// them. What stands under the key password is in nothing that is kept.
func FuzzPerson(f *testing.F) {
	for _, body := range []string{
		anna,
		`{"status":200,"user":` + anna + `}`,
		`{"status":200,"users":[` + anna + `,` + anna + `]}`,
		`[` + anna + `]`,
		`{"status":404,"message":` + anna + `}`,
		`{"id":` + anna + `,"name":` + anna + `,"email":` + anna + `,"enabled":true,"username":"anna.b"}`,
		`{"roles":` + anna + `,"enabled":true,"username":"anna.b"}`,
		`{"enabled":true,"Enabled":false,"id":"a","ID":"b"}`,
	} {
		f.Add(strings.ReplaceAll(body, annaHash, secret), "anna.b")
	}
	f.Fuzz(func(t *testing.T, body, user string) {
		one := judgePerson(200, []byte(body), user)
		all := judgeList(200, []byte(body), MaxPage)
		if strings.Count(body, secret) == len(passwords.FindAllString(body, -1)) && !strings.Contains(user, secret) {
			if kept := fmt.Sprintf("%+v %+v %+v", one, one.Person, all); strings.Contains(kept, secret) {
				t.Errorf("the password is kept: %s", kept)
			}
		}
		if p := one.Person; p != nil {
			checkPerson(t, *p)
			if !strings.EqualFold(p.ID, user) && !strings.EqualFold(p.Username, user) {
				t.Errorf("%q was asked for and %+v found", user, *p)
			}
		}
		for _, p := range all.People {
			checkPerson(t, p)
		}
		if (all.Outcome != Done) && all.People != nil {
			t.Errorf("%s, and yet %d people", all.Outcome, len(all.People))
		}
	})
}

func checkPerson(t *testing.T, p Person) {
	t.Helper()
	if p.ID == "" && p.Username == "" {
		t.Errorf("%+v is nobody", p)
	}
	if len(p.Roles) > maxRoles {
		t.Errorf("%d roles", len(p.Roles))
	}
	for _, s := range append([]string{p.ID, p.Username, p.Name, p.Email}, p.Roles...) {
		if !utf8.ValidString(s) || len(s) > 2*maxText+len("…:…") {
			t.Errorf("%d bytes are kept: %q", len(s), s)
		}
	}
}
