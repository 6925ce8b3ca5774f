package durable

import (
	"errors"
	"io/fs"
	"os"
)

// ErrNotPlain says that a name in a run's folder is a symbolic link, a pipe or
// a device. Whoever put it there decides what is behind it, so it is neither
// read nor written.
var ErrNotPlain = errors.New("it is not a plain file")

// Open opens a file in a run's folder. It is os.OpenFile with Mode, but what is
// no plain file is refused with ErrNotPlain.
func Open(path string, flag int) (*os.File, error) {
	if err := Plain(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// If it has become a symbolic link since then, NoFollow refuses it.
	return os.OpenFile(path, flag|NoFollow, Mode)
}

// Plain reports what is no plain file, with ErrNotPlain.
func Plain(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	return err
}
