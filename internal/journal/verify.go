package journal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/offboard-cli/offboard/internal/durable"
)

// ErrTorn is what is wrong with bytes behind the last newline: the write of a
// line was cut short, or the newline was altered.
var ErrTorn = errors.New("does not end in a newline, so it was never committed, or was altered")

// Record is a journal that was read from end to end.
type Record struct {
	State *State
	Lines int
	Size  int64  // of the whole lines, in bytes
	Torn  int64  // bytes behind them
	Chain string // its last value, in hex; it stands for all lines
}

// Verify checks a journal without touching it. It needs no lock: of a journal
// that is being written it sees the lines that are whole. What is wrong with
// one of them is a *DamageError, or the *NewerError of its first. A torn end is
// no error, since only the caller knows whether somebody is about to write the
// rest: see Damage.
func Verify(path string) (*Record, error) {
	f, err := durable.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, found, err := examine(f, path)
	if err != nil {
		return nil, err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	found.Torn, found.Chain = end-found.Size, hex.EncodeToString(c.sum)
	return found, nil
}

// Damage returns the torn end of a journal that nobody writes to as a
// *DamageError, or nil.
func (r *Record) Damage(path string) error {
	if r.Torn == 0 {
		return nil
	}
	return &DamageError{Path: path, Line: r.Lines + 1, Err: fmt.Errorf("%w (%d bytes)", ErrTorn, r.Torn)}
}
