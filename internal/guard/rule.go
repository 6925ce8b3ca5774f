package guard

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const longest = 255 // bytes of a user

// checkRule refuses a line that looks like something else than a rule: as a
// rule it would fit nobody, and nobody would notice. It is not empty.
func checkRule(line string) error {
	if len(line) > longest {
		return fmt.Errorf("%.20q... is %d bytes long: no user has more than %d", line, len(line), longest)
	}
	if !utf8.ValidString(line) {
		return fmt.Errorf("%q is not UTF-8: save the list as UTF-8", line)
	}
	for _, r := range line {
		switch {
		case r == '\t' || strings.ContainsRune(`,;"`, r):
			return fmt.Errorf("%q has %q, as a CSV has: write one user a line and nothing else", line, r)
		case !unicode.IsGraphic(r) || r == utf8.RuneError:
			return fmt.Errorf("%q has the character %U, which cannot be seen", line, r)
		case r == '?':
			return fmt.Errorf("%q has a ?: only * is a wildcard", line)
		}
	}
	switch {
	case strings.Contains(line, " #"):
		return fmt.Errorf("%q has a comment: give it a line of its own", line)
	case line[0] == '!':
		return fmt.Errorf("%q begins with !: there are no exceptions from other lines", line)
	case !strings.ContainsFunc(line, meaning):
		return fmt.Errorf("%q has no letter or digit: it would fit everybody, or nobody", line)
	}
	return nil
}

func meaning(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// fold makes equal what differs only in case or in the way that an accent is
// coded.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
		}
	}
	return strings.ToLower(s)
}
