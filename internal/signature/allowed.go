package signature

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// AllowedSigners is an allowed signers file of ssh-keygen(1), without
// certificate authorities.
type AllowedSigners struct {
	path    string
	entries []entry
}

// entry is a line that allows a key to sign.
type entry struct {
	line          int
	principals    string // a pattern list
	key           ssh.PublicKey
	namespaces    string    // a pattern list, "" for all
	after, before time.Time // zero for no bound
}

// ReadAllowedSigners reads lines such as
//
//	jane@acme.com namespaces="offboard-plan" ssh-ed25519 AAAA...
//
// with the options namespaces, valid-after and valid-before. Times without a Z
// are local. A file with a bad line, or with nobody in it, is an error.
func ReadAllowedSigners(path string) (*AllowedSigners, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := &AllowedSigners{path: path}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\uFEFF")) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		e.line = n
		a.entries = append(a.entries, e)
	}
	if len(a.entries) == 0 {
		return nil, fmt.Errorf("%s allows nobody to sign", path)
	}
	return a, nil
}

func parseEntry(line string) (entry, error) {
	if !utf8.ValidString(line) {
		return entry{}, errors.New("the line is not UTF-8")
	}
	principals, rest, ok := cutPrincipals(line)
	if !ok {
		return entry{}, fmt.Errorf("%q has no key: write principals, options if any, and the public key", line)
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return entry{}, fmt.Errorf("no public key can be read after %q: %w", principals, err)
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return entry{}, errors.New("certificates are not supported: list the key itself")
	}
	e := entry{principals: principals, key: key}
	for _, option := range options {
		if err := e.set(option); err != nil {
			return entry{}, err
		}
	}
	if !e.after.IsZero() && !e.before.IsZero() && !e.before.After(e.after) {
		return entry{}, errors.New("valid-before is not later than valid-after")
	}
	return e, nil
}

// cutPrincipals takes off the first field, which may be in quotes.
func cutPrincipals(line string) (principals, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(line, `"`); found {
		principals, rest, ok = strings.Cut(quoted, `"`)
	} else if i := strings.IndexAny(line, " \t"); i >= 0 {
		principals, rest, ok = line[:i], line[i:], true
	}
	return principals, rest, ok && principals != ""
}

func (e *entry) set(option string) error {
	name, value, _ := strings.Cut(option, "=")
	name = strings.ToLower(name)
	value, quoted := unquote(value)
	var err error
	switch {
	case name == "cert-authority":
		err = errors.New("certificate authorities are not supported: list the keys of those who may sign")
	case name == "namespaces" && quoted && e.namespaces == "":
		e.namespaces = value
	case name == "valid-after" && quoted && e.after.IsZero():
		e.after, err = parseTime(value)
	case name == "valid-before" && quoted && e.before.IsZero():
		e.before, err = parseTime(value)
	default:
		err = fmt.Errorf(`the option %q is none of namespaces="...", valid-after="..." and valid-before="...", each once`, option)
	}
	return err
}

func unquote(s string) (string, bool) {
	if len(s) < 3 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// parseTime reads YYYYMMDD[HHMM[SS]][Z].
func parseTime(s string) (time.Time, error) {
	digits, zone := s, time.Local
	if utc, ok := strings.CutSuffix(s, "Z"); ok {
		digits, zone = utc, time.UTC
	}
	layout := "20060102150405"[:min(len(digits), 14)]
	t, err := time.ParseInLocation(layout, digits, zone)
	if err != nil || len(digits) != 8 && len(digits) != 12 && len(digits) != 14 {
		return time.Time{}, fmt.Errorf("%q is no time: write it as 20261130, 202611301700 or 20261130170000, with Z for UTC", s)
	}
	return t, nil
}

// refuses says why the key may not sign, if so.
func (e entry) refuses(namespace string, at time.Time) error {
	switch {
	case e.namespaces != "" && !fits(e.namespaces, namespace):
		return fmt.Errorf("the key of %s may not sign in the namespace %q", e.principals, namespace)
	case !e.after.IsZero() && at.Before(e.after):
		return fmt.Errorf("the key of %s is not valid before %s", e.principals, e.after.Format(time.RFC3339))
	case !e.before.IsZero() && at.After(e.before):
		return fmt.Errorf("the key of %s is not valid after %s", e.principals, e.before.Format(time.RFC3339))
	}
	return nil
}
