package signature

import (
	"regexp"
	"strings"
)

// fits tells whether s is in an OpenSSH pattern list: commas between patterns
// with * and ?, one of which must fit, and none that begins with ! may.
func fits(list, s string) bool {
	found := false
	for pattern := range strings.SplitSeq(list, ",") {
		pattern, not := strings.CutPrefix(pattern, "!")
		if !glob(pattern).MatchString(s) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

var wildcards = strings.NewReplacer(`\*`, `.*`, `\?`, `.`)

func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`^(?s:` + wildcards.Replace(regexp.QuoteMeta(pattern)) + `)$`)
}
