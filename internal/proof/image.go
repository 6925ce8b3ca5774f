package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// image is a file system of the usual kind, in a file that is in memory.
type image struct {
	*lab
	under *ram
	file  string
	path  string // where it is mounted
}

func (l *lab) image() (*image, error) {
	under, err := l.ram()
	if err != nil {
		return nil, err
	}
	i := &image{lab: l, under: under, file: filepath.Join(under.path, "image"), path: under.path + "-image"}
	if err := i.format(); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

func (i *image) format() error {
	if err := os.Mkdir(i.path, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(i.file, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(i.file, 256<<20); err != nil {
		return err
	}
	if _, err := i.system("mkfs.ext4", "-q", "-F", i.file); err != nil {
		return err
	}
	return i.mount()
}

func (i *image) mount() error {
	_, err := i.system("mount", "-o", "loop,errors=remount-ro", i.file, i.path)
	return err
}

// reboot forgets what is not on disk, and repairs the file system.
func (i *image) reboot() error {
	if _, err := i.system("umount", i.path); err != nil {
		return err
	}
	// What was wrong and is mended gives exit code 1.
	if said, err := i.system("sh", "-c", `e2fsck -fy "$0" || test $? = 1`, i.file); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return i.mount()
}

// close is for the way out.
func (i *image) close() {
	_ = exec.Command("umount", i.path).Run()
	i.under.close()
}

// device is the name of the device that the image is mounted from.
func (i *image) device() (string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mounts)) {
		if words := strings.Fields(line); len(words) > 1 && words[1] == i.path {
			return filepath.Base(words[0]), nil
		}
	}
	return "", fmt.Errorf("%s is not mounted", i.path)
}
