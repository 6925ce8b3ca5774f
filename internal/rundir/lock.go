package rundir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/offboard-cli/offboard/internal/durable"
)

// InUseError says that another process works on the run.
type InUseError struct{ PID int } // 0: not known

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return "another process works on it"
	}
	return fmt.Sprintf("process %d works on it", e.PID)
}

// acquire takes the lock of a run.
func acquire(path string) (*Dir, error) {
	l, err := hold(filepath.Join(path, lock))
	if err != nil {
		return nil, err
	}
	return &Dir{path: path, lock: l}, nil
}

// hold takes a lock, which dies with this process. It returns an *InUseError if
// another process has it.
func hold(name string) (*flock.Flock, error) {
	// A status command holds the lock of a run for an instant, to see whether
	// one is at work.
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	for {
		l := flock.New(name, flock.SetPermissions(durable.Mode), flock.SetFlag(os.O_CREATE|os.O_RDONLY|durable.NoFollow))
		err := durable.Plain(name)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			_, err = l.TryLockContext(ctx, 20*time.Millisecond)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, &InUseError{PID: holder(name)}
		}
		if err != nil {
			return nil, err
		}
		if !inPlace(l) {
			l.Close()
			continue
		}
		// Whom to name in the refusal is a courtesy; without it the lock holds too.
		_ = sign(name)
		return l, nil
	}
}

// inPlace reports whether the locked file is still the one of that name:
// its holder may have removed it while this process waited for it.
func inPlace(l *flock.Flock) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.Path())
	return err == nil && os.SameFile(held, there)
}

// sign puts this process's number into its lock.
func sign(lock string) error {
	f, err := durable.Open(lock, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	return errors.Join(err, f.Chmod(durable.Mode), f.Close())
}

func holder(lock string) int {
	b, _ := os.ReadFile(lock)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

// InUse returns the *InUseError of a run that a process works on, or nil.
func InUse(path string) error {
	name := filepath.Join(path, lock)
	if durable.Plain(name) != nil {
		return nil // nobody could take it
	}
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	locked, err := l.TryRLock()
	if err != nil || locked {
		return l.Close()
	}
	return &InUseError{PID: holder(name)}
}
