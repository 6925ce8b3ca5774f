package signature

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Signer is who made a signature.
type Signer struct {
	Principals  []string // of each line that allows the key, as written there
	Fingerprint string   // of the key, as ssh-keygen -l shows it
}

// String names the principals and the key.
func (s Signer) String() string {
	return fmt.Sprintf("%s (%s)", strings.Join(s.Principals, ","), s.Fingerprint)
}

// MayBe tells whether the signer could be a certain person, to keep people from
// approving their own work. It errs on the side of yes: case does not matter,
// a principal such as *@acme.com is all who fit it, and "" is anybody.
func (s Signer) MayBe(identity string) bool {
	return identity == "" || slices.ContainsFunc(s.Principals, func(list string) bool {
		return fits(strings.ToLower(list), strings.ToLower(identity))
	})
}

// Verify makes sure that the signature is one of message in the namespace, by a
// key that was allowed to sign there at that time, and tells whose.
func (a *AllowedSigners) Verify(message, signature []byte, namespace string, at time.Time) (Signer, error) {
	sig, err := sshsig.Unarmor(signature)
	if err != nil {
		return Signer{}, fmt.Errorf("this is no SSH signature: %w", err)
	}
	if _, ok := sig.PublicKey.(*ssh.Certificate); ok {
		return Signer{}, errors.New("the signature was made with a certificate: sign with a plain key")
	}
	if sig.Namespace != namespace {
		return Signer{}, fmt.Errorf("the signature is for the namespace %q, not for %q", sig.Namespace, namespace)
	}
	if err := sshsig.Verify(bytes.NewReader(message), sig, sig.PublicKey, sig.HashAlgorithm, namespace); err != nil {
		return Signer{}, fmt.Errorf("the signature by the key %s is one of something else, or altered: %w",
			ssh.FingerprintSHA256(sig.PublicKey), err)
	}
	return a.signer(sig.PublicKey, namespace, at)
}

// Namespace is what a signature says of its message, as its maker has it.
func Namespace(signature []byte) (string, error) {
	sig, err := sshsig.Unarmor(signature)
	if err != nil {
		return "", fmt.Errorf("this is no SSH signature: %w", err)
	}
	return sig.Namespace, nil
}

// signer looks a key up.
func (a *AllowedSigners) signer(key ssh.PublicKey, namespace string, at time.Time) (Signer, error) {
	s := Signer{Fingerprint: ssh.FingerprintSHA256(key)}
	err := fmt.Errorf("the key %s is not one of the allowed signers in %s", s.Fingerprint, a.path)
	for _, e := range a.entries {
		if !bytes.Equal(e.key.Marshal(), key.Marshal()) {
			continue
		}
		if refusal := e.refuses(namespace, at); refusal != nil {
			err = fmt.Errorf("%s:%d: %w", a.path, e.line, refusal)
			continue
		}
		s.Principals = append(s.Principals, e.principals)
	}
	if len(s.Principals) == 0 {
		return Signer{}, err
	}
	return s, nil
}
