package rundir

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxName leaves room, within the 255 bytes of a file name, for the time and a
// number.
const maxName = 200

// DefaultPath is where a run of a roster goes when nothing else is said:
// runs/<UTC time>-<roster name>.
func DefaultPath(roster string, now time.Time) string {
	name := strings.TrimSuffix(filepath.Base(roster), filepath.Ext(roster))
	safe := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, name)
	if safe = strings.Trim(safe, "-."); safe == "" {
		safe = "roster"
	}
	for len(safe) > maxName {
		_, last := utf8.DecodeLastRuneInString(safe)
		safe = safe[:len(safe)-last]
	}
	return filepath.Join("runs", now.UTC().Format("20060102T150405Z")+"-"+safe)
}

// Fresh is path, or path with the first number behind it that is free. What
// cannot be looked at is left to Create to complain of.
func Fresh(path string) string {
	p := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(p); err != nil {
			return p
		}
		p = path + "-" + strconv.Itoa(n)
	}
}
