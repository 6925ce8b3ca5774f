package results

import (
	"strings"
	"unicode"
	"unicode/utf8"
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
	// Blanks before it are taken away when a cell is entered.
	if first, _ := utf8.DecodeRuneInString(strings.TrimSpace(s)); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
