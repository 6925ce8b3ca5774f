package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// ailment is a way for a disk to fail. The disk is nil with the reason why it
// cannot be had here.
type ailment struct {
	name string
	disk func(l *lab) (d *ailing, why string, err error)
}

var ailments = []ailment{
	{"full", fullDisk},
	{"no inodes", noInodes},
	{"file size limit", sizeLimit},
	{"failing sync", failingSync},
	{"power cut", powerCut},
	{"read-only", readOnly},
	{"folder immutable", immutable},
	{"failing rename", failingRename},
	{"view in the way", viewInTheWay},
}

// ailing is a disk with a run's folder on it. Steps that it does not need are
// nil.
type ailing struct {
	path   string                               // of the folder, when it is a special one
	hint   string                               // what the operator must be told
	before func(*experiment) error              // a command begins
	wrap   func(*experiment, []string) []string // the command in another one
	during func(*experiment, *process) error    // at a random instant
	heal   func() error                         // the disk is as good as new
	close  func()
}

// sizeLimit lets no file grow beyond a limit.
func sizeLimit(*lab) (*ailing, string, error) {
	if runtime.GOOS == "windows" {
		return nil, "there is no limit on the size of files here", nil
	}
	return &ailing{
		hint: "see to the disk",
		wrap: func(e *experiment, command []string) []string {
			blocks := e.rng.IntN(e.roster.users() * 3) // of 512 bytes, or of 1024
			return append([]string{"sh", "-c", `ulimit -f "$0" && exec "$@"`, strconv.Itoa(blocks)}, command...)
		},
	}, "", nil
}

// failingSync has every sync fail from a random one on, at the border between
// the program and the system. A file system that loses what it could not sync
// would be better, but a loop device on a full disk takes short writes for
// whole ones, so that a sync goes well which should not.
func failingSync(l *lab) (*ailing, string, error) {
	if _, err := l.system("strace", "-o", os.DevNull, "true"); err != nil {
		return nil, "needs strace: " + err.Error(), nil
	}
	return &ailing{
		hint: "see to the disk",
		wrap: func(e *experiment, command []string) []string {
			from := 1 + e.cycles // of each thread
			if e.begun() {
				from = 1 + e.rng.IntN(e.roster.users()/8)
			}
			return append([]string{
				"strace", "-f", "--seccomp-bpf", "-o", os.DevNull,
				"-e", "trace=fsync", "-e", fmt.Sprintf("inject=fsync:error=EIO:when=%d+", from),
			}, command...)
		},
	}, "", nil
}

// viewInTheWay has a folder stand where a view is to be renamed to.
func viewInTheWay(*lab) (*ailing, string, error) {
	var view string // that the folder stands for; empty without one
	return &ailing{
		hint: "see to the folder of the run",
		during: func(e *experiment, _ *process) error {
			if !e.begun() {
				return nil
			}
			view = filepath.Join(e.run, viewNames[e.rng.IntN(len(viewNames))])
			_ = os.Rename(view, aside(view)) // there may be none yet
			return os.MkdirAll(filepath.Join(view, "in"), 0o700)
		},
		heal: func() error {
			if view == "" {
				return nil
			}
			err := os.RemoveAll(view)
			_ = os.Rename(aside(view), view)
			view = ""
			return err
		},
	}, "", nil
}

// aside is where a view waits meanwhile, beside the run's folder.
func aside(view string) string { return filepath.Dir(view) + "-" + filepath.Base(view) }
