// Package durable writes files so that after a crash they are either the old
// ones or the new ones, whole.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Mode is the mode of every file of a run: names of leavers are nobody else's
// business.
const Mode = 0o600

// File is written beside its path and takes its place by Commit.
type File struct {
	*os.File
	path string
}

// Create begins a file that will stand at path. One process at a time may do
// so: what another one has left behind, killed in the middle, makes way.
func Create(path string) (*File, error) {
	return create(path, unfinished(path))
}

func create(path, name string) (*File, error) {
	if err := remove(name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, Mode)
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// Sweep removes what a killed process has left of a file that would stand at
// path.
func Sweep(path string) error { return remove(unfinished(path)) }

// unfinished is where the file that will stand at path is written.
func unfinished(path string) string { return beside(path, "."+filepath.Base(path)+".new") }

func beside(path, name string) string { return filepath.Join(filepath.Dir(path), name) }

func remove(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Commit puts the file on disk and at its place: sync, close, rename, sync of
// the folder. After an error the old file is still there.
func (f *File) Commit() error {
	err := f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = Rename(f.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Discard removes the file. After Commit it does nothing.
func (f *File) Discard() {
	if f.Close() == nil {
		os.Remove(f.Name())
	}
}

// Replace puts what write produces at path.
func Replace(path string, write func(io.Writer) error) error {
	return replace(path, unfinished(path), write)
}

// ReplaceShared is Replace where several processes may do so at once: each has
// a file of its own, and the last one stands. What a killed one leaves behind
// stays until its number comes round again.
func ReplaceShared(path string, write func(io.Writer) error) error {
	return replace(path, beside(path, fmt.Sprintf(".%s.%d.new", filepath.Base(path), os.Getpid())), write)
}

func replace(path, name string, write func(io.Writer) error) error {
	f, err := create(path, name)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// Rename moves a file to path and makes the move survive a crash.
func Rename(from, path string) error {
	if err := os.Rename(from, path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}
