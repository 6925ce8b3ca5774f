package report

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
)

// Pseudonyms are tokens that stand for people. Who has the run's key can tell
// whom a token means by trying everybody; nobody else can.
type Pseudonyms struct{ key []byte }

// ErrKey says that a key's file holds no key.
var ErrKey = errors.New("it holds no key of pseudonyms")

const keySize = 32

// OpenPseudonyms reads the key at path, or makes one there: all reports of a
// run call a person by the same token, and no two runs do.
func OpenPseudonyms(path string) (*Pseudonyms, error) {
	text, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKey(path)
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("%s: %w", path, ErrKey)
	}
	return &Pseudonyms{key}, nil
}

func readKey(path string) (string, error) {
	if err := durable.Plain(path); err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	return string(b), err
}

func makeKey(path string) (string, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	text := hex.EncodeToString(key) + "\n"
	f, err := durable.Open(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return text, errors.Join(err, f.Close())
}

// token is what a name becomes, whatever its case: 60 bits of its keyed digest.
func (p *Pseudonyms) token(name string) string {
	if name == "" {
		return ""
	}
	h := hmac.New(sha256.New, p.key)
	h.Write([]byte(strings.ToLower(name)))
	return "p-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil))[:12])
}

// person is p without anything that names somebody: free text goes, since it
// may hold a name, and codes and the plan's verdict take its place.
func (p *Pseudonyms) person(of results.Person) results.Person {
	of.User, of.Known = p.token(of.User), nil
	switch {
	case of.Why == "":
	case of.Verdict != "":
		of.Why = of.Verdict
	case of.Answer == nil:
		of.Why = "left out"
	case of.Answer.HTTPStatus == 0:
		of.Why = "no answer"
	default:
		of.Why = failedAt(of.Answer.Platforms)
	}
	return of
}

// failedAt names the platforms that have failed.
func failedAt(all []journal.Platform) string {
	var names []string
	for _, said := range all {
		if name := publicName(said.Name); said.Outcome == journal.Failed && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "the answer as a whole")
}
