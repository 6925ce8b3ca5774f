package signature

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const plan = "offboard-plan"

// needs skips a test for which OpenSSH is not there.
func needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (Debian: openssh-client), so nothing can be held against it", program)
		}
	}
}

// run runs a program of OpenSSH and returns what it says.
func run(t testing.TB, stdin, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustRun(t testing.TB, stdin, name string, args ...string) string {
	t.Helper()
	out, err := run(t, stdin, name, args...)
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return out
}

// kinds are ways to make a key.
var kinds = map[string][]string{
	"ed25519": {"-t", "ed25519"},
	"p256":    {"-t", "ecdsa", "-b", "256"},
	"p384":    {"-t", "ecdsa", "-b", "384"},
	"p521":    {"-t", "ecdsa", "-b", "521"},
	"rsa":     {"-t", "rsa", "-b", "2048"},
	"pem":     {"-t", "rsa", "-b", "2048", "-m", "PEM"},
}

// newKey makes a key file, and its public one with .pub.
func newKey(t testing.TB, kind, passphrase string) string {
	t.Helper()
	needs(t, "ssh-keygen")
	path := filepath.Join(t.TempDir(), "id")
	mustRun(t, "", "ssh-keygen", append(kinds[kind], "-q", "-N", passphrase, "-C", "a comment", "-f", path)...)
	return path
}

func public(t testing.TB, key string) string {
	t.Helper()
	text, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func allowed(t testing.TB, text string) *AllowedSigners {
	t.Helper()
	a, err := ReadAllowedSigners(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sign signs with our own code.
func sign(t testing.TB, key, message, namespace string) string {
	t.Helper()
	k, err := OpenKey(key, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	text, err := k.Sign([]byte(message), namespace)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var messages = []string{"", "the digest of a plan\n", strings.Repeat("\x00\xff", 1<<19)}

func TestKeygenVerifiesOurs(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			key := newKey(t, kind, "")
			list := write(t, "jane@acme.com "+public(t, key))
			verify := func(message, signature string) (string, error) {
				return run(t, message, "ssh-keygen", "-Y", "verify", "-f", list, "-I", "jane@acme.com", "-n", plan, "-s", write(t, signature))
			}
			for _, message := range messages {
				signature := sign(t, key, message, plan)
				if out, err := verify(message, signature); err != nil || !strings.Contains(out, "Good") {
					t.Errorf("%v: %s", err, out)
				}
				if out, err := verify(message+".", signature); err == nil {
					t.Errorf("a signature of another message passed: %s", out)
				}
			}
		})
	}
}

func TestWeVerifyKeygens(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			key := newKey(t, kind, "")
			a := allowed(t, "jane@acme.com "+public(t, key))
			fingerprint := strings.Fields(mustRun(t, "", "ssh-keygen", "-l", "-f", key+".pub"))[1]
			for _, hash := range []string{"sha256", "sha512"} {
				for _, message := range messages {
					file := write(t, message)
					mustRun(t, "", "ssh-keygen", "-Y", "sign", "-O", "hashalg="+hash, "-f", key, "-n", plan, file)
					signature, err := os.ReadFile(file + ".sig")
					if err != nil {
						t.Fatal(err)
					}
					s, err := a.Verify([]byte(message), signature, plan, time.Now())
					if want := "jane@acme.com (" + fingerprint + ")"; err != nil || s.String() != want {
						t.Errorf("%s: got %v, %v, want %s", hash, s, err, want)
					}
					if s, err := a.Verify([]byte(message+"."), signature, plan, time.Now()); err == nil {
						t.Errorf("a signature of another message passed as %v", s)
					}
				}
			}
		})
	}
}

// Who may sign, where and when is judged as ssh-keygen judges it.
func TestWeJudgeAsKeygenDoes(t *testing.T) {
	key, other := newKey(t, "ed25519", ""), newKey(t, "ed25519", "")
	const message = "m"
	signature := sign(t, key, message, plan)
	signed := write(t, signature)
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("20060102150405Z") }
	local := func(d time.Duration) string { return time.Now().Add(d).Format("200601021504") }
	lists := map[string]string{
		"plain":            "jane@acme.com KEY",
		"quoted":           `"jane@acme.com,x" KEY`,
		"tabs":             "jane@acme.com\tKEY",
		"glob":             "bob,j?ne@*.com KEY",
		"not":              "!jane@*,*@acme.com KEY",
		"other case":       "JANE@acme.com KEY",
		"comments":         "# x\n\n  jane@acme.com KEY # y",
		"namespace":        `jane@acme.com namespaces="file,offboard-*" KEY`,
		"no namespace":     `jane@acme.com namespaces="file,git" KEY`,
		"not a namespace":  `jane@acme.com namespaces="*,!offboard-plan" KEY`,
		"option's case":    `jane@acme.com NameSpaces="offboard-plan" KEY`,
		"valid":            `jane@acme.com valid-after="` + at(-time.Hour) + `",valid-before="` + at(time.Hour) + `" KEY`,
		"valid here":       `jane@acme.com valid-after="` + local(-3*time.Hour) + `",valid-before="` + local(3*time.Hour) + `" KEY`,
		"valid by day":     `jane@acme.com valid-after="20200101",valid-before="29991231Z" KEY`,
		"too early":        `jane@acme.com valid-after="` + at(time.Hour) + `" KEY`,
		"too late":         `jane@acme.com valid-before="` + at(-time.Hour) + `" KEY`,
		"too late here":    `jane@acme.com valid-before="` + local(-3*time.Hour) + `" KEY`,
		"all options":      `jane@acme.com valid-after="20200101",namespaces="offboard-plan",valid-before="29991231" KEY`,
		"another key":      "jane@acme.com OTHER",
		"another's key":    "bob@acme.com KEY",
		"second of two":    "jane@acme.com OTHER\njane@acme.com KEY",
		"second permits":   "jane@acme.com valid-before=\"20200101\" KEY\njane@acme.com KEY",
		"second of a name": "bob@acme.com KEY\njane@acme.com KEY",
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			list = strings.NewReplacer("KEY", public(t, key), "OTHER", public(t, other)).Replace(list)
			out, err := run(t, message, "ssh-keygen", "-Y", "verify", "-f", write(t, list), "-I", "jane@acme.com", "-n", plan, "-s", signed)
			s, ours := allowed(t, list).Verify([]byte(message), []byte(signature), plan, time.Now())
			got := ours == nil && fits(strings.Join(s.Principals, ","), "jane@acme.com")
			if want := err == nil; got != want {
				t.Errorf("got %v, %v, want %v: %s", s, ours, want, out)
			}
		})
	}
}

// startAgent starts an ssh-agent of the test's own and returns its socket.
func startAgent(t *testing.T) string {
	t.Helper()
	needs(t, "ssh-agent", "ssh-add", "ssh-keygen")
	dir, err := os.MkdirTemp("", "agent") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	out := mustRun(t, "", "ssh-agent", "-s", "-a", socket)
	pid := regexp.MustCompile(`SSH_AGENT_PID=(\d+)`).FindStringSubmatch(out)
	if pid == nil {
		t.Fatalf("no process in %s", out)
	}
	t.Cleanup(func() {
		cmd := exec.Command("ssh-agent", "-k")
		cmd.Env = append(os.Environ(), "SSH_AGENT_PID="+pid[1])
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Setenv("SSH_AUTH_SOCK", socket)
	return socket
}

func TestAgent(t *testing.T) {
	socket := startAgent(t)
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			key := newKey(t, kind, "")
			_, err := OpenKey(key+".pub", socket, nil)
			if err == nil || !strings.Contains(err.Error(), "does not hold the key SHA256:") {
				t.Errorf("without the key: got %v", err)
			}
			mustRun(t, "", "ssh-add", "-q", key)
			if err := os.Remove(key); err != nil {
				t.Fatal(err)
			}
			k, err := OpenKey(key+".pub", socket, nil)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := k.Sign([]byte("m"), plan)
			if err != nil {
				t.Fatal(err)
			}
			list := "jane@acme.com " + public(t, key)
			if s, err := allowed(t, list).Verify([]byte("m"), signature, plan, time.Now()); err != nil || s.Fingerprint != k.Fingerprint() {
				t.Errorf("got %v, %v", s, err)
			}
			mustRun(t, "m", "ssh-keygen", "-Y", "verify", "-f", write(t, list), "-I", "jane@acme.com", "-n", plan, "-s", write(t, string(signature)))
			if err := k.Close(); err != nil {
				t.Error(err)
			}
			if _, err := k.Sign([]byte("m"), plan); err == nil {
				t.Error("a closed key signs")
			}
		})
	}
}

func TestCertificatesAreRefused(t *testing.T) {
	authority, key := newKey(t, "ed25519", ""), newKey(t, "ed25519", "")
	mustRun(t, "", "ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", "jane@acme.com", key+".pub")
	file := write(t, "m")
	mustRun(t, "", "ssh-keygen", "-Y", "sign", "-f", key+"-cert.pub", "-n", plan, file)
	signature, err := os.ReadFile(file + ".sig")
	if err != nil {
		t.Fatal(err)
	}
	_, err = allowed(t, "jane@acme.com "+public(t, key)).Verify([]byte("m"), signature, plan, time.Now())
	if err == nil || err.Error() != "the signature was made with a certificate: sign with a plain key" {
		t.Errorf("got %v", err)
	}
	for list, want := range map[string]string{
		"* cert-authority " + public(t, authority): "certificate authorities are not supported: list the keys of those who may sign",
		"jane@acme.com " + public(t, key+"-cert"):  "certificates are not supported: list the key itself",
	} {
		path := write(t, list)
		if _, err := ReadAllowedSigners(path); err == nil || err.Error() != path+":1: "+want {
			t.Errorf("got %v", err)
		}
	}
}

func TestAlteredSignature(t *testing.T) {
	key := newKey(t, "ed25519", "")
	a := allowed(t, "jane@acme.com "+public(t, key))
	signature := []byte(sign(t, key, "m", plan))
	if _, err := a.Verify([]byte("m"), signature, plan, time.Now()); err != nil {
		t.Fatal(err)
	}
	for i, b := range signature {
		for _, bit := range []byte{1, 2, 32} {
			altered := bytes.Clone(signature)
			altered[i] = b ^ bit
			if block(altered) == block(signature) {
				continue // only the line breaks differ
			}
			if s, err := a.Verify([]byte("m"), altered, plan, time.Now()); err == nil {
				t.Errorf("byte %d altered: got %v", i, s)
			}
		}
	}
}
