// Package rundir is a run's folder: the names in it, its modes and its lock.
package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/offboard-cli/offboard/internal/durable"
)

// The files of a run.
const (
	Input             = "input.csv"
	Journal           = "journal.jsonl"
	Plan              = "plan.csv"
	Approval          = "approval.txt" // what a second person has signed: of the plan
	ApprovalSignature = Approval + ".sig"
	Undo              = "undo.csv" // what the latest undo does, and for whom
	Stop              = "STOP"     // made by the operator: stop after the requests in flight
	Results           = "results.csv"
	Pending           = "pending.csv"
	Failed            = "failed.csv"
	Summary           = "summary.json"
	Report            = "report.html"
	Tokens            = "pseudonyms.key" // of the names in a report that is passed on
	lock              = "lock"
)

var (
	// ErrExists says that a run is there already.
	ErrExists = errors.New("it holds a run")
	// ErrForeign says that a folder has other files in it.
	ErrForeign = errors.New("it is not empty")
	// ErrNoRun says that a folder holds no run.
	ErrNoRun = errors.New("it holds no run")
)

// Dir is a run's folder, locked for this process unless it is only looked at.
type Dir struct {
	path   string
	lock   *flock.Flock // nil: only looked at
	tenant *flock.Flock // nil: none is reserved
	made   []string     // folders that Create made, the innermost first
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
	d, err := acquire(path)
	if err == nil {
		// Views are made anew by every command, plans are not. On a disk that
		// lets nothing be removed they do no harm.
		_ = durable.Sweep(d.File(Plan))
		_ = durable.Sweep(d.File(Undo))
	}
	return d, err
}

// Look returns the folder of a run to read from. It takes no lock and changes
// nothing, so the folder may be on a read-only medium, and others may be at
// work on it.
func Look(path string) (*Dir, error) {
	if err := Exists(path); err != nil {
		return nil, err
	}
	return &Dir{path: path}, nil
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

// Path is the folder's own path, as it was given.
func (d *Dir) Path() string { return d.path }

// Name is the folder's name, by which reports call the run.
func (d *Dir) Name() string {
	return filepath.Base(d.abs())
}

func (d *Dir) abs() string {
	if abs, err := filepath.Abs(d.path); err == nil {
		return abs
	}
	return d.path
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

// Read returns what is in one of the run's files.
func (d *Dir) Read(name string) ([]byte, error) {
	f, err := durable.Open(d.File(name), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Digest returns the SHA-256 of one of the run's files, in hex.
func (d *Dir) Digest(name string) (string, error) {
	f, err := durable.Open(d.File(name), os.O_RDONLY)
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

// Stopped reports whether the operator has asked the run to stop.
func (d *Dir) Stopped() bool {
	_, err := os.Lstat(d.File(Stop))
	return err == nil
}

// In returns the folders in dir, runs or not; dir alone if it is a run itself.
func In(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if Exists(dir) == nil {
		return []string{dir}, nil
	}
	var folders []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			folders = append(folders, path)
		}
	}
	return folders, nil
}

// Close gives the locks back.
func (d *Dir) Close() error {
	if d.lock == nil {
		return nil
	}
	return errors.Join(d.release(), d.lock.Close())
}
