//go:build !windows

package durable

import (
	"errors"
	"os"
	"syscall"
)

// NoFollow makes opening a symbolic link fail.
const NoFollow = syscall.O_NOFOLLOW

// SyncFolder makes the names in a folder survive a crash.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
