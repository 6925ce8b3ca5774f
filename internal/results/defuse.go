package results

import (
	"regexp"
	"strings"
	"unicode"
)

// defuse makes a server's text harmless: a spreadsheet would run a cell that
// begins like a formula, and a terminal obeys control characters. A spreadsheet
// of another dialect begins a cell within the text, behind its own separator.
func defuse(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if !strings.ContainsAny(s, "=+-@＝＋－＠") { // nearly always
		return s
	}
	return formula.ReplaceAllString(s, "$1'$2")
}

// formula finds where one begins. Blanks before it are taken away when a cell
// is entered, and quotes may be the cell's own.
var formula = regexp.MustCompile(`(^|[;,|][\s\p{Z}"]*)([\s\p{Z}]*[=+\-@＝＋－＠])`)
