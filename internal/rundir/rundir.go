// Package rundir is a run's folder: the names in it, its modes and its lock.
package rundir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofrs/flock"

	"github.com/offboard-cli/offboard/internal/durable"
)

// The files of a run.
const (
	Input   = "input.csv"
	Journal = "journal.jsonl"
	Results = "results.csv"
	Pending = "pending.csv"
	Failed  = "failed.csv"
	Summary = "summary.json"
	lock    = "lock"
)

var (
	// ErrExists says that a run is there already.
	ErrExists = errors.New("it holds a run")
	// ErrForeign says that a folder has other files in it.
	ErrForeign = errors.New("it is not empty")
	// ErrNoRun says that a folder holds no run.
	ErrNoRun = errors.New("it holds no run")
)

// InUseError says that another process works on the run.
type InUseError struct{ PID int } // 0: not known

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return "another process works on it"
	}
	return fmt.Sprintf("process %d works on it", e.PID)
}

// Dir is a run's folder, locked for this process.
type Dir struct {
	path string
	lock *flock.Flock
	made []string // folders that Create made, the innermost first
}

// others are the permission bits of everybody but the owner.
const others = 0o077

// maxName leaves room, within the 255 bytes of a file name, for the time and a
// number.
const maxName = 200

// DefaultPath is where a run of a roster goes when nothing else is said:
// runs/<UTC time>-<roster name>.
func DefaultPath(roster string, now time.Time) string {
	name := strings.TrimSuffix(filepath.Base(roster), filepath.Ext(roster))
	safe := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, name)
	if safe = strings.Trim(safe, "-."); safe == "" {
		safe = "roster"
	}
	for len(safe) > maxName {
		_, last := utf8.DecodeLastRuneInString(safe)
		safe = safe[:len(safe)-last]
	}
	return filepath.Join("runs", now.UTC().Format("20060102T150405Z")+"-"+safe)
}

// Fresh is path, or path with the first number behind it that is free. What
// cannot be looked at is left to Create to complain of.
func Fresh(path string) string {
	p := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(p); err != nil {
			return p
		}
		p = path + "-" + strconv.Itoa(n)
	}
}

// Create makes the folder of a new run and locks it. A folder that is there
// must be empty, or left behind by a run that died before it began.
func Create(path string) (*Dir, error) {
	made := absent(path)
	d, err := claim(path)
	if err != nil {
		discard(made)
		return nil, err
	}
	d.made = made
	return d, nil
}

func claim(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	if err := vacant(path); err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, err
	}
	d, err := acquire(path)
	if err != nil {
		return nil, err
	}
	// Between the look and the lock another process may have been faster.
	if err = vacant(path); err == nil {
		err = d.sweep()
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// sweep removes what a run has left that died before it began: its roster.
func (d *Dir) sweep() error {
	entries, err := os.ReadDir(d.path)
	for _, e := range entries {
		if e.Name() != lock {
			err = errors.Join(err, os.Remove(d.File(e.Name())))
		}
	}
	return err
}

// discard removes folders, unless something is in them.
func discard(folders []string) {
	for _, f := range folders {
		os.Remove(f)
	}
}

// absent lists the folders on the way to path that are not there.
func absent(path string) (folders []string) {
	for {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return folders
		}
		folders = append(folders, path)
		path = filepath.Dir(path)
	}
}

// vacant reports why a new run may not be made in a folder.
func vacant(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = e.Type().IsRegular()
	}
	if _, there := names[Journal]; there {
		return ErrExists
	}
	for n, plain := range names {
		if !plain || !leftBehind(n) {
			return ErrForeign
		}
	}
	if _, err := os.Lstat(filepath.Join(path, lock)); err != nil && len(entries) > 0 {
		return ErrForeign
	}
	return nil
}

// leftBehind tells the names that a run may leave which died before it began.
func leftBehind(name string) bool {
	return name == lock || name == Input || name == Journal+".new" ||
		strings.HasPrefix(name, "."+Input) && strings.HasSuffix(name, ".new")
}

// Open locks the folder of a run, and closes it to others: a copy may have
// come with other modes.
func Open(path string) (*Dir, error) {
	if err := Exists(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&others != 0 {
		if err := os.Chmod(path, mode&^others); err != nil {
			return nil, err
		}
	}
	return acquire(path)
}

// Exists reports whether a folder holds a run.
func Exists(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("it is not a folder")}
	}
	if _, err := os.Lstat(filepath.Join(path, Journal)); errors.Is(err, fs.ErrNotExist) {
		return ErrNoRun
	}
	return nil
}

// acquire takes the lock.
func acquire(path string) (*Dir, error) {
	name := filepath.Join(path, lock)
	// A status command holds the lock for an instant, to see whether a run
	// is at work.
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	for {
		l := flock.New(name, flock.SetPermissions(durable.Mode), flock.SetFlag(os.O_CREATE|os.O_RDONLY|durable.NoFollow))
		err := durable.Plain(name)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			_, err = l.TryLockContext(ctx, 20*time.Millisecond)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, &InUseError{PID: holder(path)}
		}
		if err != nil {
			return nil, err
		}
		if !inPlace(l) {
			l.Close()
			continue
		}
		// Whom to name in the refusal is a courtesy; without it the lock holds too.
		_ = signature(name)
		return &Dir{path: path, lock: l}, nil
	}
}

// inPlace reports whether the locked file is still the one of that name:
// Abandon may have removed it while this process waited for it.
func inPlace(l *flock.Flock) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.Path())
	return err == nil && os.SameFile(held, there)
}

// signature puts this process's number into its lock.
func signature(lock string) error {
	f, err := durable.Open(lock, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	return errors.Join(err, f.Chmod(durable.Mode), f.Close())
}

func holder(path string) int {
	b, _ := os.ReadFile(filepath.Join(path, lock))
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
	return &InUseError{PID: holder(path)}
}

// Path is the folder's own path, as it was given.
func (d *Dir) Path() string { return d.path }

// Name is the folder's name, by which reports call the run.
func (d *Dir) Name() string {
	abs, err := filepath.Abs(d.path)
	if err != nil {
		return filepath.Base(d.path)
	}
	return filepath.Base(abs)
}

// File is the path of one of the run's files.
func (d *Dir) File(name string) string { return filepath.Join(d.path, name) }

// Spool copies a roster into the folder and returns the SHA-256 of its bytes,
// in hex.
func (d *Dir) Spool(r io.Reader) (digest string, err error) {
	h := sha256.New()
	err = durable.Replace(d.File(Input), func(w io.Writer) error {
		_, err := io.Copy(io.MultiWriter(w, h), r)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// Digest returns the SHA-256 of the roster's bytes, in hex.
func (d *Dir) Digest() (string, error) {
	f, err := durable.Open(d.File(Input), os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Close gives the lock back.
func (d *Dir) Close() error { return d.lock.Close() }

// Abandon gives up a folder in which no run has begun: what Create and Spool
// have put there goes, and so do the folders that Create made.
func (d *Dir) Abandon() {
	os.Remove(d.File(Input))
	if len(d.made) == 0 {
		d.Close()
		return
	}
	// The lock's file goes while it is held, so that whoever gets the lock
	// after this sees that it is gone. Windows removes no open file, so there
	// it goes afterwards, unless somebody else has it open by then.
	err := os.Remove(d.File(lock))
	d.Close()
	if err != nil && runtime.GOOS == "windows" {
		os.Remove(d.File(lock))
	}
	discard(d.made)
}
