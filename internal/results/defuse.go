package results

import (
	"strings"
	"unicode"
)

// defuse makes a server's text harmless: a spreadsheet would run a cell that
// begins like a formula, and a terminal obeys control characters.
func defuse(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
