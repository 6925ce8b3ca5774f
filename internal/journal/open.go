package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/offboard-cli/offboard/internal/durable"
)

// Open checks the whole journal and returns it open for more. A last line without its newline was never committed: it is cut,
// and kept beside the journal. Anything else that is wrong is a *DamageError.
func Open(path string) (*Journal, error) {
	f, err := durable.Open(path, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	c, found, err := examine(f, path)
	if err == nil {
		err = cut(f, path, found.Size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return newJournal(f, c, found.State), nil
}

// examine reads a journal from its first byte and checks it against its chain.
func examine(r io.Reader, path string) (*chain, *Record, error) {
	found := &Record{State: new(State)}
	c := newChain()
	size, err := scan(r, path, func(l Line) error {
		found.Lines++
		// The format is judged before the chain, which belongs to it.
		var newer *NewerError
		applied := found.State.Apply(l)
		if errors.As(applied, &newer) {
			return applied
		}
		if err := c.verify(l.Text); err != nil {
			return err
		}
		return applied
	})
	if err == nil {
		err = found.State.complete(path)
	}
	found.Size = size
	return c, found, err
}

// cut shortens the file to size after keeping what follows in a file of its
// own.
func cut(f *os.File, path string, size int64) error {
	info, err := f.Stat()
	if err != nil || info.Size() == size {
		return err
	}
	tail := make([]byte, info.Size()-size)
	if _, err := f.ReadAt(tail, size); err != nil && err != io.EOF {
		return err
	}
	if err := keep(fmt.Sprintf("%s.torn-%d", path, size), tail); err != nil {
		return fmt.Errorf("keep the torn last line: %w", err)
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	return f.Sync()
}

// keep appends, since the same place may be torn more than once.
func keep(path string, tail []byte) error {
	f, err := durable.Open(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	_, err = f.Write(tail)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}
