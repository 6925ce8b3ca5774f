package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// unmounted is why there is no file system of its own here.
func unmounted(err error) string {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return "mounts a file system, which takes Linux and root"
	}
	return "needs a file system of its own: " + err.Error()
}

// system runs a program of the system.
func (l *lab) system(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	said, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(said)), err
}

// ram is a small file system in memory.
type ram struct {
	*lab
	path string
}

func (l *lab) ram() (*ram, error) {
	dir, err := l.folder()
	if err != nil {
		return nil, err
	}
	r := &ram{lab: l, path: filepath.Join(dir, "ram")}
	if err := os.Mkdir(r.path, 0o700); err != nil {
		return nil, err
	}
	_, err = l.system("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", r.path)
	return r, err
}

// room leaves so much of what is counted free: of the file system's blocks in
// bytes (size, counted as used), or of its inodes (nr_inodes, iused).
func (r *ram) room(option, counted string, n int64) error {
	said, err := r.system("df", "-B1", "--output="+counted, r.path)
	if err != nil {
		return err
	}
	lines := strings.Split(said, "\n")
	used, err := strconv.ParseInt(strings.TrimSpace(lines[len(lines)-1]), 10, 64)
	if err != nil {
		return err
	}
	// Zero would be no limit at all.
	_, err = r.system("mount", "-o", fmt.Sprintf("remount,%s=%d", option, max(1, used+n)), r.path)
	return err
}

// close is for the way out, when the lab's own context may be done.
func (r *ram) close() { _ = exec.Command("umount", r.path).Run() }

// fullDisk has less room than the work needs.
func fullDisk(l *lab) (*ailing, string, error) {
	return ramDisk(l, "size", "used", func(e *experiment) int64 {
		if !e.begun() {
			return int64(e.cycles*e.cycles) * 4096
		}
		return e.rng.Int64N(int64(e.roster.users()) * 1000)
	})
}

// noInodes has room for a few new files only.
func noInodes(l *lab) (*ailing, string, error) {
	return ramDisk(l, "nr_inodes", "iused", func(e *experiment) int64 {
		if !e.begun() {
			return int64(e.cycles)
		}
		return e.rng.Int64N(4)
	})
}

// ramDisk has as much room as asked for, and commands on it are interrupted
// now and then.
func ramDisk(l *lab, option, counted string, free func(*experiment) int64) (*ailing, string, error) {
	r, err := l.ram()
	if err != nil {
		return nil, unmounted(err), nil
	}
	return &ailing{
		path:   filepath.Join(r.path, "run"),
		hint:   "make room",
		before: func(e *experiment) error { return r.room(option, counted, free(e)) },
		during: func(e *experiment, p *process) error {
			if e.rng.IntN(3) == 0 {
				p.signal(os.Interrupt)
			}
			return nil
		},
		heal:  func() error { return r.room(option, counted, 1<<30) },
		close: r.close,
	}, "", nil
}
