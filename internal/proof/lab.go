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
	"time"
)

// lab is where the experiments are made.
type lab struct {
	ctx      context.Context
	dir      string // everything is in here
	offboard string // the program
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
	l.offboard = filepath.Join(dir, "offboard")
	if runtime.GOOS == "windows" {
		l.offboard += ".exe"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", l.offboard, "github.com/offboard-cli/offboard/cmd/offboard")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, said)
	}
	return l, nil
}

// folder makes one for a single experiment.
func (l *lab) folder() (string, error) {
	l.folders++
	path := filepath.Join(l.dir, fmt.Sprintf("%03d", l.folders))
	return path, os.Mkdir(path, 0o700)
}

// upTo is a random time below d.
func (l *lab) upTo(d time.Duration) time.Duration {
	return time.Duration(l.rng.Int64N(max(1, int64(d))))
}
