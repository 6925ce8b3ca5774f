// Package signature lets a second person approve a message with an SSH key.
// Signatures and the list of those who may sign are those of ssh-keygen -Y sign
// and -Y verify.
package signature

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Key is an SSH key to sign with.
type Key struct {
	signer ssh.Signer
	agent  io.Closer // nil for a key of its own
}

// OpenKey reads a private key, or a public one whose private part an ssh-agent
// holds: socket is its SSH_AUTH_SOCK, "" for none. passphrase is asked for one
// if the key is encrypted, and may be nil; an error that it returns is kept in
// the chain, as is x509.IncorrectPasswordError. The key is to be closed.
func OpenKey(path, socket string, passphrase func() ([]byte, error)) (*Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var k *Key
	if public, _, _, _, notPublic := ssh.ParseAuthorizedKey(text); notPublic == nil {
		k, err = held(public, socket)
	} else {
		k, err = private(text, passphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func private(text []byte, passphrase func() ([]byte, error)) (*Key, error) {
	signer, err := ssh.ParsePrivateKey(text)
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		signer, err = decrypt(text, passphrase)
	}
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer}, nil
}

func decrypt(text []byte, passphrase func() ([]byte, error)) (ssh.Signer, error) {
	if passphrase == nil {
		return nil, errors.New("the key is encrypted: add it to an ssh-agent and name its .pub file")
	}
	secret, err := passphrase()
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKeyWithPassphrase(text, secret)
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, fmt.Errorf("the passphrase is wrong: %w", err)
	}
	return signer, err
}

// held finds a key in the ssh-agent.
func held(public ssh.PublicKey, socket string) (*Key, error) {
	if socket == "" {
		return nil, errors.New("this is a public key, and there is no ssh-agent (SSH_AUTH_SOCK) that may hold its private part: name the private key")
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("reach the ssh-agent: %w", err)
	}
	signer, err := find(public, agent.NewClient(conn))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Key{signer, conn}, nil
}

func find(public ssh.PublicKey, a agent.Agent) (ssh.Signer, error) {
	signers, err := a.Signers()
	if err != nil {
		return nil, fmt.Errorf("ask the ssh-agent: %w", err)
	}
	for _, signer := range signers {
		if bytes.Equal(signer.PublicKey().Marshal(), public.Marshal()) {
			return signer, nil
		}
	}
	return nil, fmt.Errorf("the ssh-agent does not hold the key %s: add it with ssh-add", ssh.FingerprintSHA256(public))
}

// Fingerprint names the key as ssh-keygen -l does: SHA256 and a hash.
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// Sign returns the signature as text. The namespace says what the message is,
// such as a plan, so that a signature for one thing is none for another.
func (k *Key) Sign(message []byte, namespace string) ([]byte, error) {
	sig, err := sshsig.Sign(bytes.NewReader(message), k.signer, sshsig.HashSHA512, namespace)
	if err != nil {
		return nil, fmt.Errorf("sign with the key %s: %w", k.Fingerprint(), err)
	}
	return sshsig.Armor(sig), nil
}

// Close lets go of the ssh-agent.
func (k *Key) Close() error {
	if k.agent == nil {
		return nil
	}
	return k.agent.Close()
}
