package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// What a file system is told to go down at once, without writing its log.
const (
	goDown       = 0x8004587d // EXT4_IOC_SHUTDOWN
	withoutFlush = 2
)

// cutPower takes the disk away from under a process, and half of the times the
// process too. The process is stopped meanwhile: the system may report a sync
// that is under way at that instant as good.
func (e *experiment) cutPower(p *process, path string) error {
	p.signal(unix.SIGSTOP)
	if err := e.poll("all threads stop", func() bool { return p.over() || p.stopped() }); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = errors.Join(unix.IoctlSetPointerInt(int(f.Fd()), goDown, withoutFlush), f.Close())
	p.signal([]os.Signal{unix.SIGCONT, unix.SIGKILL}[e.rng.IntN(2)])
	return err
}

// stopped reports whether no thread of the process runs any more, in the
// system neither.
func (p *process) stopped() bool {
	stats, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "task", "*", "stat"))
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err == nil && !bytes.Contains(stat, []byte(") T ")) {
			return false
		}
	}
	return len(stats) > 0
}
