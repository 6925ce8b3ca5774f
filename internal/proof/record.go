package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// line is what the judge reads of a line of a journal.
type line struct {
	Kind     string
	Row      int
	Outcome  string
	At       time.Time
	User     string
	Reason   string
	Verdict  string
	Answered bool
	Chain    string
	Answer   *answer
	Stage    *struct{ Command, Action, Mode string }
	Checked  *struct{ Rows, Users int }
	Person   *struct{ ID, Username string }
	Plan     *struct {
		SHA256         string
		Verdicts       map[string]int
		People, Active int
	}
	End *struct {
		ExitCode int `json:"exit_code"`
	}
	Header *struct {
		Run, Tenant string
		Input       struct{ SHA256 string }
	}
}

type answer struct {
	Action    string
	HTTP      int
	Status    int
	Message   string
	Location  string
	Attempts  int
	LatencyMS int64 `json:"latency_ms"`
	Platforms []platform
}

type platform struct {
	Name     string
	Outcome  string
	Status   int
	Message  string
	Location string
}

// record is a journal as it was last seen.
type record struct {
	path  string
	whole []byte // all lines that end in a newline
	tail  []byte // what follows them
	chain [sha256.Size]byte
	lines int
}

// follow reads the file again and returns the lines that have come since.
// What stood there must still stand there, but for the tail, whose copy must
// be kept.
func (r *record) follow() ([]line, error) {
	now, err := os.ReadFile(r.path)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(now, r.whole) {
		return nil, errors.New("lines of the journal that were whole are gone or altered")
	}
	fresh := now[len(r.whole):]
	if len(r.tail) > 0 && !bytes.Equal(fresh, r.tail) {
		kept, err := os.ReadFile(fmt.Sprintf("%s.torn-%d", r.path, len(r.whole)))
		if err != nil || !bytes.HasSuffix(kept, r.tail) {
			return nil, fmt.Errorf("the torn line of %d bytes was not kept (%v)", len(r.tail), err)
		}
	}
	end := bytes.LastIndexByte(fresh, '\n') + 1
	r.whole, r.tail = now[:len(r.whole)+end], fresh[end:]
	var lines []line
	for text := range bytes.Lines(fresh[:end]) {
		l, err := r.next(bytes.TrimSuffix(text, []byte("\n")))
		if err != nil {
			return lines, fmt.Errorf("line %d of the journal: %w", r.lines, err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// next checks the chain: the digest of the line before, then this line's text
// up to its chain.
func (r *record) next(text []byte) (l line, err error) {
	r.lines++
	if err := json.Unmarshal(text, &l); err != nil {
		return l, err
	}
	covered, _, _ := bytes.Cut(text, []byte(`,"chain":`+`"`+l.Chain))
	h := sha256.New()
	if r.lines > 1 {
		h.Write(r.chain[:])
	}
	h.Write(covered)
	h.Sum(r.chain[:0])
	if hex.EncodeToString(r.chain[:]) != l.Chain {
		return l, errors.New("the chain is broken")
	}
	return l, nil
}

// attempts adds up those of all answers, in a journal of any length.
func attempts(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for in := json.NewDecoder(f); ; {
		var l struct{ Answer struct{ Attempts int } }
		switch err := in.Decode(&l); err {
		case nil:
			n += l.Answer.Attempts
		case io.EOF:
			return n, nil
		default:
			return n, err
		}
	}
}

// tear appends a piece of a line, as a crash in the middle of a write would.
func (r *record) tear(n int) error {
	last := bytes.LastIndexByte(r.whole[:len(r.whole)-1], '\n') + 1
	piece := r.whole[last : len(r.whole)-1]
	piece = piece[:1+n%(len(piece)-1)]
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(piece)
	r.tail = append(bytes.Clone(r.tail), piece...)
	return errors.Join(err, f.Close())
}
