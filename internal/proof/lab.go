package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// lab is where the experiments are made.
type lab struct {
	ctx      context.Context
	dir      string // everything is in here
	offboard string // the program
	server   string // the one that plays the tenant
	seed     uint64
	rng      *rand.Rand
	out      io.Writer
	folders  int
}

// newLab builds the program into a new folder under dir.
func newLab(ctx context.Context, dir string, seed uint64, out io.Writer) (*lab, error) {
	dir, err := os.MkdirTemp(dir, "offboard-proof-")
	if err != nil {
		return nil, err
	}
	l := &lab{ctx: ctx, dir: dir, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), out: out}
	l.offboard, err = l.build("offboard", "github.com/offboard-cli/offboard/cmd/offboard")
	l.server = l.offboard
	return l, err
}

// build makes a program in the lab's folder; args are those of `go build`.
func (l *lab) build(name string, args ...string) (string, error) {
	path := filepath.Join(l.dir, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	_, err := l.goTool(append([]string{"build", "-o", path}, args...)...)
	return path, err
}

// tool builds a program of others as its module file in tools pins it.
func (l *lab) tool(name, pkg string) (string, error) {
	mod, err := l.goTool("env", "GOMOD")
	if err != nil {
		return "", err
	}
	return l.build(name, "-modfile="+filepath.Join(filepath.Dir(mod), "tools", name+".mod"), pkg)
}

// goTool returns what `go ARGS` says.
func (l *lab) goTool(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(l.ctx, 5*time.Minute)
	defer cancel()
	said, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", args[0], err, said)
	}
	return strings.TrimSpace(string(said)), err
}

// folder makes one for a single experiment.
func (l *lab) folder() (string, error) {
	l.folders++
	path := filepath.Join(l.dir, fmt.Sprintf("%03d", l.folders))
	return path, os.Mkdir(path, 0o700)
}

// fork is a lab for work at the same time.
func (l *lab) fork() (*lab, error) {
	dir, err := l.folder()
	own := *l
	own.dir, own.folders = dir, 0
	own.rng = rand.New(rand.NewPCG(l.rng.Uint64(), 0))
	return &own, err
}

// upTo is a random time below d.
func (l *lab) upTo(d time.Duration) time.Duration {
	return time.Duration(l.rng.Int64N(max(1, int64(d))))
}
