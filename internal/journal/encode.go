package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/go-json-experiment/json"
)

const (
	chainMark = `,"chain":"`
	chainEnd  = `"}`
	chainTail = len(chainMark) + 2*sha256.Size + len(chainEnd)
)

// chain is the running digest.
type chain struct {
	hash hash.Hash
	sum  []byte // of the last line; nothing before the first one
}

func newChain() *chain { return &chain{hash: sha256.New()} }

// add takes in the next line's text and returns the chain's new value, which
// is valid until the next call.
func (c *chain) add(text []byte) []byte {
	c.hash.Reset()
	c.hash.Write(c.sum)
	c.hash.Write(text)
	c.sum = c.hash.Sum(c.sum[:0])
	return c.sum
}

// text is the part of a line that the chain covers: the entry's JSON without
// its closing brace.
func text(e Entry) ([]byte, error) {
	b, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("journal entry: %w", err)
	}
	return b[:len(b)-1], nil
}

// seal appends the finished line to dst.
func seal(dst, text, sum []byte) []byte {
	dst = append(dst, text...)
	dst = append(dst, chainMark...)
	dst = hex.AppendEncode(dst, sum)
	dst = append(dst, chainEnd...)
	return append(dst, '\n')
}

var (
	errLine  = errors.New("not a line of a journal")
	errChain = errors.New("does not follow from the lines before it")
)

// unseal splits a line, without its newline, into the text and the value that
// it claims for the chain.
func unseal(line []byte) (text, claimed []byte, err error) {
	n := len(line) - chainTail
	if n < 0 || !bytes.HasPrefix(line[n:], []byte(chainMark)) || !bytes.HasSuffix(line, []byte(chainEnd)) {
		return nil, nil, errLine
	}
	return line[:n], line[n+len(chainMark) : len(line)-len(chainEnd)], nil
}

// verify takes in a finished line, or says that it is not the chain's next.
func (c *chain) verify(line []byte) error {
	text, claimed, err := unseal(line)
	if err != nil {
		return err
	}
	var want [2 * sha256.Size]byte
	hex.Encode(want[:], c.add(text))
	if !bytes.Equal(want[:], claimed) {
		return errChain
	}
	return nil
}

// Line is one line as it stands in the file. Kind, Row and Outcome are read;
// Entry decodes the rest.
type Line struct {
	Kind    Kind
	Row     int
	Outcome Outcome
	Offset  int64  // of its first byte in the file
	Text    []byte // without newline; valid until the next line is read
}

// Entry decodes the whole line.
func (l Line) Entry() (Entry, error) {
	var e Entry
	if err := json.Unmarshal(l.Text, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", errLine, err)
	}
	return e, nil
}

// head reads the leading fields of a line, which always stand in the order in
// which Entry declares them.
func head(text []byte) (l Line, err error) {
	rest, ok := bytes.CutPrefix(text, []byte(`{"kind":"`))
	kind, rest, found := bytes.Cut(rest, []byte(`"`))
	if !ok || !found {
		return l, errLine
	}
	l.Kind = kindOf(kind)
	if rest, ok = bytes.CutPrefix(rest, []byte(`,"row":`)); ok {
		digits, after, _ := bytes.Cut(rest, []byte(`,`))
		if l.Row, err = strconv.Atoi(string(digits)); err != nil || l.Row < 1 {
			return l, errLine
		}
		rest = after
	} else {
		rest = bytes.TrimPrefix(rest, []byte(`,`))
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(`"outcome":"`)); ok {
		outcome, _, _ := bytes.Cut(rest, []byte(`"`))
		l.Outcome = outcomeOf(outcome)
	}
	l.Text = text
	return l, nil
}

// kindOf and outcomeOf spare a scan of millions of lines a string for each.
func kindOf(b []byte) Kind {
	switch string(b) {
	case string(KindSent):
		return KindSent
	case string(KindAnswer):
		return KindAnswer
	}
	return Kind(b)
}

func outcomeOf(b []byte) Outcome {
	switch string(b) {
	case string(Done):
		return Done
	case string(Pending):
		return Pending
	case string(Failed):
		return Failed
	}
	return Outcome(b)
}
