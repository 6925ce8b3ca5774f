package rundir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// others are the permission bits of everybody but the owner.
const others = 0o077

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
		if leftBehind(e.Name()) && e.Name() != lock {
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

// Abandon gives up a folder in which nothing was sent: what a run has put there
// goes, and so do the folders that Create made.
func (d *Dir) Abandon() {
	d.release()
	for _, name := range []string{Input, Plan, Journal} {
		os.Remove(d.File(name))
	}
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
