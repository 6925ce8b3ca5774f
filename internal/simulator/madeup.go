package simulator

import (
	"strconv"
	"strings"
)

// A made-up person is nothing but a number: ids and usernames are made from
// it and read back into it, so that millions of them take no memory.

const (
	madeUpPrefix   = "ff808181" // of made-up ids, as in the documented ones
	usernamePrefix = "user"
	usernameDigits = 6
)

func madeUpUsername(k index) string {
	n := strconv.FormatUint(uint64(k)+1, 10)
	return usernamePrefix + strings.Repeat("0", max(0, usernameDigits-len(n))) + n
}

// madeUpID ends in the number; the middle is scattered by the seed.
func madeUpID(seed uint64, k index) string {
	b := append(make([]byte, 0, idLength), madeUpPrefix...)
	b = appendHex(b, mix(seed^mix(uint64(k))), 16)
	return string(appendHex(b, uint64(k), 8))
}

// madeUpIndex is the inverse of both.
func madeUpIndex(seed uint64, name string) (index, bool) {
	if digits, ok := strings.CutPrefix(name, usernamePrefix); ok {
		n, err := strconv.ParseUint(digits, 10, 32)
		padded := len(digits) == usernameDigits || len(digits) > usernameDigits && digits[0] != '0'
		return index(n - 1), err == nil && padded && n > 0
	}
	if len(name) != idLength || !strings.HasPrefix(name, madeUpPrefix) {
		return 0, false
	}
	n, err := strconv.ParseUint(name[24:], 16, 32)
	if err != nil {
		return 0, false
	}
	return index(n), madeUpID(seed, index(n)) == name
}
