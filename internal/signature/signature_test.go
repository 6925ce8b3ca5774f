package signature

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"pgregory.net/rapid"
)

// block is what stands in the armour.
func block(text []byte) string {
	b, _ := pem.Decode(text)
	if b == nil {
		return ""
	}
	return b.Type + string(b.Bytes)
}

// fixed is a key from a seed, with its line for a list.
func fixed(seed byte) (*Key, string) {
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		panic(err)
	}
	return &Key{signer: signer}, string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

func TestVerifyErrors(t *testing.T) {
	jane, janes := fixed('j')
	eve, _ := fixed('e')
	at := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	list := write(t, "# who may approve\n"+
		"jane@acme.com valid-after=\"20261130Z\",valid-before=\"202611301700Z\",namespaces=\"offboard-*\" "+janes)
	a, err := ReadAllowedSigners(list)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(k *Key, namespace string) string {
		text, err := k.Sign([]byte("m"), namespace)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tests := map[string]struct {
		message, signature, namespace string
		at                            time.Time
		want                          string
	}{
		"good":           {"m", signed(jane, plan), plan, at, ""},
		"first instant":  {"m", signed(jane, plan), plan, at.Add(-12 * time.Hour), ""},
		"last instant":   {"m", signed(jane, plan), plan, at.Add(5 * time.Hour), ""},
		"other message":  {"n", signed(jane, plan), plan, at, "the signature by the key " + jane.Fingerprint() + " is one of something else, or altered: ssh: signature did not verify"},
		"other thing":    {"m", signed(jane, "file"), plan, at, `the signature is for the namespace "file", not for "offboard-plan"`},
		"not permitted":  {"m", signed(jane, "file"), "file", at, list + `:2: the key of jane@acme.com may not sign in the namespace "file"`},
		"unknown":        {"m", signed(eve, plan), plan, at, "the key " + eve.Fingerprint() + " is not one of the allowed signers in " + list},
		"too early":      {"m", signed(jane, plan), plan, at.Add(-13 * time.Hour), list + ":2: the key of jane@acme.com is not valid before 2026-11-30T00:00:00Z"},
		"too late":       {"m", signed(jane, plan), plan, at.Add(6 * time.Hour), list + ":2: the key of jane@acme.com is not valid after 2026-11-30T17:00:00Z"},
		"empty":          {"m", "", plan, at, "this is no SSH signature: invalid PEM block"},
		"cut":            {"m", signed(jane, plan)[:150], plan, at, "this is no SSH signature: invalid PEM block"},
		"something else": {"m", "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n", plan, at, `this is no SSH signature: invalid PEM type "PGP SIGNATURE": expected "SSH SIGNATURE"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := a.Verify([]byte(test.message), []byte(test.signature), test.namespace, test.at)
			if test.want == "" {
				if want := "jane@acme.com (" + jane.Fingerprint() + ")"; err != nil || s.String() != want {
					t.Errorf("got %v, %v, want %s", s, err, want)
				}
				return
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, %v, want %s", s, err, test.want)
			}
		})
	}
}

func TestReadAllowedSignersErrors(t *testing.T) {
	_, key := fixed('j')
	const (
		option = " is none of namespaces=\"...\", valid-after=\"...\" and valid-before=\"...\", each once"
		noTime = " is no time: write it as 20261130, 202611301700 or 20261130170000, with Z for UTC"
	)
	for text, want := range map[string]string{
		"":                                            " allows nobody to sign",
		"# jane\n\n":                                  " allows nobody to sign",
		"jane":                                        `:1: "jane" has no key: write principals, options if any, and the public key`,
		`"jane ` + "ssh-ed25519":                      `:1: "\"jane ssh-ed25519" has no key: write principals, options if any, and the public key`,
		key:                                           `:1: no public key can be read after "ssh-ed25519": `,
		"# x\njane ssh-ed25519 AAAA":                  `:2: no public key can be read after "jane": `,
		"jane # " + key:                               `:1: no public key can be read after "jane": ssh: no key found`,
		"j\xfcrgen " + key:                            ":1: the line is not UTF-8",
		`jane x="1" ` + key:                           `:1: the option "x=\"1\""` + option,
		"jane no-touch-required " + key:               `:1: the option "no-touch-required"` + option,
		"jane namespaces=file " + key:                 `:1: the option "namespaces=file"` + option,
		`jane namespaces="" ` + key:                   `:1: the option "namespaces=\"\""` + option,
		`jane namespaces="a",namespaces="b" `:         `:1: no public key can be read after "jane": ssh: no key found`,
		`j namespaces="a",namespaces="b" ` + key:      `:1: the option "namespaces=\"b\""` + option,
		`jane valid-after="tomorrow" ` + key:          `:1: "tomorrow"` + noTime,
		`jane valid-before="20260230" ` + key:         `:1: "20260230"` + noTime,
		`jane valid-before="2026113017" ` + key:       `:1: "2026113017"` + noTime,
		`jane valid-before="20261130170000.5" ` + key: `:1: "20261130170000.5"` + noTime,
		`jane valid-after="20261130Z",valid-before="20261130Z" ` + key: ":1: valid-before is not later than valid-after",
	} {
		path := write(t, text)
		if a, err := ReadAllowedSigners(path); err == nil || !strings.HasPrefix(err.Error(), path+want) {
			t.Errorf("%q: got %v, %v, want %s", text, a, err, path+want)
		}
	}
	if _, err := ReadAllowedSigners(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestOpenKeyErrors(t *testing.T) {
	_, key := fixed('j')
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct{ path, socket, want string }{
		{none, "", "open " + none},
		{write(t, "x"), "", "ssh: no key found"},
		{write(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "", `ssh: unsupported key type "CERTIFICATE"`},
		{write(t, key), "", "this is a public key, and there is no ssh-agent (SSH_AUTH_SOCK) that may hold its private part: name the private key"},
		{write(t, key), none, "reach the ssh-agent: dial unix " + none},
	} {
		if k, err := OpenKey(test.path, test.socket, nil); err == nil || !strings.Contains(err.Error(), test.path) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, %v, want %s", k, err, test.want)
		}
	}
}

func TestPassphrase(t *testing.T) {
	for _, kind := range []string{"ed25519", "pem"} {
		key := newKey(t, kind, "open sesame")
		say := func(s string, err error) func() ([]byte, error) {
			return func() ([]byte, error) { return []byte(s), err }
		}
		k, err := OpenKey(key, "", say("open sesame", nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Sign([]byte("m"), plan); err != nil {
			t.Error(err)
		}
		if _, err := OpenKey(key, "", say("wrong", nil)); !errors.Is(err, x509.IncorrectPasswordError) {
			t.Errorf("wrong: got %v", err)
		}
		if _, err := OpenKey(key, "", say("", os.ErrClosed)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("no answer: got %v", err)
		}
		if _, err := OpenKey(key, "", nil); err == nil || err.Error() != key+": the key is encrypted: add it to an ssh-agent and name its .pub file" {
			t.Errorf("nobody to ask: got %v", err)
		}
	}
}

func TestNoNamespace(t *testing.T) {
	k, _ := fixed('j')
	if text, err := k.Sign([]byte("m"), ""); err == nil {
		t.Errorf("got %s", text)
	}
}

func TestMayBe(t *testing.T) {
	tests := []struct {
		principals []string
		identity   string
		want       bool
	}{
		{[]string{"jane@acme.com"}, "jane@acme.com", true},
		{[]string{"jane@acme.com"}, "Jane@ACME.com", true},
		{[]string{"JANE"}, "jane", true},
		{[]string{"jane@acme.com"}, "jane", false},
		{[]string{"bob", "jane"}, "jane", true},
		{[]string{"bob,jane"}, "jane", true},
		{[]string{"*@acme.com"}, "jane@acme.com", true},
		{[]string{"!jane@*,*@acme.com"}, "jane@acme.com", false},
		{[]string{"*@acme.com"}, "jane\n@acme.com", true},
		{[]string{"jane"}, "", true},
		{nil, "jane", false},
	}
	for _, test := range tests {
		if got := (Signer{Principals: test.principals}).MayBe(test.identity); got != test.want {
			t.Errorf("%q may be %q: got %v", test.principals, test.identity, got)
		}
	}
}

// A pattern with wildcards fits whatever is put in their place, and a pattern
// without them only itself.
func TestFits(t *testing.T) {
	text := rapid.StringMatching(`[a-c.@+()\\]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(text, 1, 4).Draw(t, "parts")
		between := rapid.SliceOfN(text, len(parts), len(parts)).Draw(t, "between")
		pattern, s := parts[0], parts[0]
		for i, part := range parts[1:] {
			pattern += "*" + part
			s += between[i] + part
		}
		if !fits(pattern, s) || fits("!"+pattern+",*", s) || !fits("nobody,"+pattern, s) {
			t.Fatalf("%q: %q does not fit", pattern, s)
		}
		if other := rapid.String().Draw(t, "other"); len(parts) == 1 && fits(pattern, other) != (other == pattern) {
			t.Fatalf("%q: got %v for %q", pattern, fits(pattern, other), other)
		}
	})
}

func FuzzAllowedSigners(f *testing.F) {
	_, key := fixed('j')
	f.Add("jane namespaces=\"x\",valid-after=\"20261130\" "+key, "x")
	f.Add("\"a b,!c*\"\t"+key, plan)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, namespace string) {
		path := filepath.Join(dir, "list")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := ReadAllowedSigners(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			return
		}
		for _, e := range a.entries {
			_ = e.refuses(namespace, time.Now())
			if s := (Signer{Principals: []string{e.principals}}); s.MayBe("jane") && e.principals == "" {
				t.Errorf("nobody may be jane in %q", text)
			}
		}
	})
}

func Example() {
	key, _ := fixed('j')
	signature, err := key.Sign([]byte("the digest of a plan"), "offboard-plan")
	if err != nil {
		panic(err)
	}
	allowed, err := ReadAllowedSigners("testdata/allowed_signers")
	if err != nil {
		panic(err)
	}
	signer, err := allowed.Verify([]byte("the digest of a plan"), signature, "offboard-plan", time.Now())
	fmt.Println(signer, err)
	fmt.Println(signer.MayBe("Jane@acme.com"), signer.MayBe("bob@acme.com"))
	_, err = allowed.Verify([]byte("the digest of another"), signature, "offboard-plan", time.Now())
	fmt.Println(err)
	// Output:
	// jane@acme.com (SHA256:pYg5bp6PIZ6ZlFg5lb6kFY3WQZisoGTA7FSkeU5bgAo) <nil>
	// true false
	// the signature by the key SHA256:pYg5bp6PIZ6ZlFg5lb6kFY3WQZisoGTA7FSkeU5bgAo is one of something else, or altered: ssh: signature did not verify
}
