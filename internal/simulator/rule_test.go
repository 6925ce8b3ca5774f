package simulator

import (
	"strings"
	"testing"
)

func TestParseRulesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"usr=anna http=500":                   `unknown word "usr"; known are action, after, body, delay, do, drop, http,`,
		"\n\nhttp=500\nbad":                   "line 4",
		"http=abc":                            "http=abc: want a number from 200 to 599",
		"http=99":                             "from 200",
		"status=0 platform=play":              "from 100",
		"platform=talent status=500":          "want training, social, play, management or *",
		"body=big":                            "want html, cut, empty, huge",
		"drop=now":                            "want before, after",
		"method=POST http=500":                "want GET, PUT",
		"action=delete http=500":              "want deactivate",
		"share=2 http=500":                    "want a share",
		"share=0% http=500":                   "want a share",
		"share=101% http=500":                 "want a share",
		"share=NaN% http=500":                 "want a share",
		"delay=2":                             "want a duration",
		"delay=-1s":                           "want a duration",
		"times=0 http=500":                    "from 1",
		"http=500 http=502":                   "http is there twice",
		`http=500 message="open`:              "message: the quote is not closed",
		"user= http=500":                      "user needs a value",
		"user=anna":                           "does nothing",
		"platform=play":                       "platform and status go together",
		"status=500":                          "does nothing",
		"platform=play status=5 ":             "from 100",
		"platform=play http=500":              "takes no http",
		"drop http=500":                       "no http and no body",
		"drop body=cut":                       "no http and no body",
		"retry-after=3 drop":                  "retry-after goes with http",
		"message=x drop":                      "message and location go with",
		"platform=play status=500 method=GET": "PUT only",
		"after=0 http=500":                    "from 1",
		"after=2":                             "does nothing",
		"list=repeat":                         "goes with action=list",
		"action=list list=some":               "want repeat, skip, short, empty",
		"action=list list=empty http=500":     "no http, body or drop",
		"do=vanish":                           "want activate, deactivate, add, remove",
		"do=add http=500":                     "a rule of its own",
		"do=add who=anna delay=1s":            "a rule of its own",
		"do=add platform=play status=500":     "a rule of its own",
		"action=list do=add":                  "say who",
		"user=bob who=anna":                   "who goes with do",
		"http=500 who=anna":                   "who goes with do",
	} {
		_, err := ParseRules(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestParseRules(t *testing.T) {
	got := rules(t, "  # comment\r\n\r\n user=\"a b*\"\tdrop  times=3\r\nbody=html")
	if len(got) != 2 || got[0].times != 3 || got[0].drop != "before" || !got[0].user.matches("a bc") || got[1].body != "html" {
		t.Errorf("got %+v", got)
	}
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"anna", "anna", true},
		{"anna", "annab", false},
		{"anna*", "anna", true},
		{"anna*", "anna/b", true},
		{"*na", "anna", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*", "", true},
		{"**", "x", true},
		{"*x*y*", "axbyc", true},
		{"*x*y*", "aybxc", false},
		{"?", "a", false},
		{"a*b*c", "abc", true},
		{"a*bc*c", "abc", false},
	} {
		if got := newPattern(tt.pattern).matches(tt.s); got != tt.want {
			t.Errorf("%s, %s: got %v", tt.pattern, tt.s, got)
		}
	}
}
