package netex

import "testing"

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
