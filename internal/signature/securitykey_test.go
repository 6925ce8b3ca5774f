package signature

import (
	"crypto/ed25519"
	"crypto/sha256"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// securityKey signs as a FIDO token behind an ssh-agent does.
type securityKey struct {
	private ed25519.PrivateKey
	touched byte
}

const skType, skApplication = "sk-ssh-ed25519@openssh.com", "ssh:"

func (k securityKey) PublicKey() ssh.PublicKey {
	public, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{skType, k.private.Public().(ed25519.PublicKey), skApplication}))
	if err != nil {
		panic(err)
	}
	return public
}

func (k securityKey) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	application, message := sha256.Sum256([]byte(skApplication)), sha256.Sum256(data)
	state := []byte{k.touched, 0, 0, 0, 7} // and how often it has signed
	signed := append(append(application[:], state...), message[:]...)
	return &ssh.Signature{Format: skType, Blob: ed25519.Sign(k.private, signed), Rest: state}, nil
}

func TestSecurityKey(t *testing.T) {
	needs(t, "ssh-keygen")
	key := securityKey{ed25519.NewKeyFromSeed([]byte(strings.Repeat("s", ed25519.SeedSize))), 1}
	list := "jane@acme.com " + string(ssh.MarshalAuthorizedKey(key.PublicKey()))
	signature, err := (&Key{signer: key}).Sign([]byte("m"), plan)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := allowed(t, list).Verify([]byte("m"), signature, plan, time.Now()); err != nil || !s.MayBe("jane@acme.com") {
		t.Errorf("got %v, %v", s, err)
	}
	mustRun(t, "m", "ssh-keygen", "-Y", "verify", "-f", write(t, list), "-I", "jane@acme.com", "-n", plan, "-s", write(t, string(signature)))

	key.touched = 0
	if signature, err = (&Key{signer: key}).Sign([]byte("m"), plan); err != nil {
		t.Fatal(err)
	}
	if s, err := allowed(t, list).Verify([]byte("m"), signature, plan, time.Now()); err == nil {
		t.Errorf("nobody touched the token: got %v", s)
	}
}
