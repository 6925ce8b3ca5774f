package netex

import (
	"fmt"
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	const token = `s3cr"t-t0ken`
	for in, want := range map[string]string{
		"":                         "",
		"fine":                     "fine",
		token:                      "[token]",
		"a " + token + token + ".": "a [token][token].",
		`bad "s3cr\"t-t0ken"`:      `bad "[token]"`,
		`s3cr"t-t0ke`:              `s3cr"t-t0ke`, // a part is hidden only where a text was cut
		`cut s3cr"t-t0ke…`:         "cut [token]…",
		`"cut s3cr"…`:              `"cut [token]"…`,
		"cut s3c…":                 "cut s3c…",
	} {
		if got := hide(in, token); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := hide("fine", ""); got != "fine" {
		t.Errorf("without a token: got %q", got)
	}
}

func TestHideInPeople(t *testing.T) {
	const token = "s3cr3t-t0ken"
	p := Person{ID: "x" + token, Username: token, Name: "Anna " + token, Email: token + "@b.c", Roles: []string{"a:" + token}}
	one := p
	one.Roles = []string{"a:" + token}
	a := Answer{Person: &one, People: []Person{{ID: "1"}, p}}.without(token)
	if kept := fmt.Sprint(*a.Person, a.People); strings.Contains(kept, token) || strings.Count(kept, "[token]") != 10 {
		t.Errorf("got %s", kept)
	}
}
