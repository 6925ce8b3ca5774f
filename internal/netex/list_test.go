package netex

import (
	"net/http"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	two := anna + `, {"username":"bob","enabled":false}`
	for _, tt := range []struct {
		name    string
		code    int
		body    string
		people  int // -1: unreadable
		verdict Verdict
		message string
	}{
		{"bare", 200, ` [` + two + "]\n", 2, Final, ""},
		{"empty", 200, `[]`, 0, Final, ""},
		{"in the envelope", 200, `{"location":null,"message":"","responsePlatforms":{},"status":200, "users" : [` + two + `] }`, 2, Final, ""},
		{"empty in the envelope", 200, `{"status":204,"users":[]}`, 0, Final, ""},
		{"an envelope without a status", 200, `{"list":[` + two + `]}`, 2, Final, ""},
		{"HTTP 204", 204, "", 0, Final, ""},
		{"as many as asked for", 200, `[` + two + `,` + two + `,` + anna + `]`, 5, Final, ""},

		{"more than asked for", 200, `[` + two + `,` + two + `,` + two + `]`, -1, Again, "more people than were asked for"},
		{"a broken one among others", 200, `[` + two + `,{"username":"carl"}]`, -1, Again, "person 3: the answer does not say whether"},
		{"one of no name", 200, `[{"enabled":true}]`, -1, Again, "person 1"},
		{"one of two ids", 200, `[{"enabled":true,"id":"a","id":"b"}]`, -1, Again, "person 1"},
		{"null", 200, `[null]`, -1, Again, "person 1"},
		{"a number", 200, `[` + two + `,1]`, -1, Again, "person 3"},
		{"a list of lists", 200, `[[` + two + `]]`, -1, Again, "person 1"},
		{"cut", 200, `[` + two, -1, Again, ""},
		{"cut within a person", 200, `[` + anna[:100], -1, Again, ""},
		{"something after it", 200, `[` + two + `] []`, -1, Again, "broken"},
		{"two lists", 200, `{"status":200,"users":[` + two + `],"more":[]}`, -1, Again, "or more than one"},
		{"the same list twice", 200, `{"status":200,"users":[],"users":[` + two + `]}`, -1, Again, "or more than one"},
		{"no list", 200, `{"status":200,"users":null}`, -1, Again, "no list"},
		{"a user", 200, anna, -1, Again, "no list"},
		{"nothing", 200, "", -1, Again, ""},
		{"HTML", 200, "<html>", -1, Again, ""},
		{"HTTP 206", 206, `[` + two + `]`, -1, Again, "HTTP 206"},
		{"HTTP 202", 202, `[]`, -1, Again, "HTTP 202"},
		{"envelope 503 with an empty list", 200, `{"status":503,"users":[]}`, -1, Again, "status 503"},
		{"envelope 403 with an empty list", 200, `{"status":403,"users":[]}`, -1, Final, "status 403"},
		{"HTTP 400", 400, `{"message":"startIndex must be a number from 1"}`, -1, Final, "startIndex must be"},
		{"HTTP 400 with a list", 400, `[` + two + `]`, -1, Final, ""},
		{"HTTP 401", 401, "", -1, Unauthorized, ""},
		{"HTTP 429", 429, "", -1, Throttled, ""},
		{"HTTP 503", 503, `[]`, -1, Down, ""},
	} {
		a := settle(&http.Response{StatusCode: tt.code}, []byte(tt.body), nil, func(code int, body []byte) Answer {
			return judgeList(code, body, 5)
		})
		want := Done
		if tt.people < 0 {
			want = Failed
		}
		if a.Outcome != want || a.Verdict != tt.verdict || len(a.People) != max(0, tt.people) || !strings.Contains(a.Message, tt.message) {
			t.Errorf("%s: got %s, verdict %d, %d people, %q; want %s, verdict %d, %d, %q",
				tt.name, a.Outcome, a.Verdict, len(a.People), a.Message, want, tt.verdict, tt.people, tt.message)
		}
		if strings.Contains(a.Message, annaHash) {
			t.Errorf("%s: the message holds a password: %q", tt.name, a.Message)
		}
	}
}
