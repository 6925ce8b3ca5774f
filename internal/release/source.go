package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// source is the commit that is released. The working folder is at its root.
type source struct {
	commit  string    // its hash
	time    time.Time // when it was committed, UTC: the time of every file
	author  string    // name <address>
	version string    // with the v
}

// readSource refuses a tree that is not the commit.
func readSource(ctx context.Context, version string) (*source, error) {
	if _, err := os.Stat("cmd/offboard"); err != nil {
		return nil, errors.New("call it at the root of the repository")
	}
	changed, err := git(ctx, "status", "--porcelain")
	if err != nil {
		return nil, err
	}
	if changed != "" {
		return nil, fmt.Errorf("commit or remove first what is not of the commit:\n%s", changed)
	}
	described, err := git(ctx, "log", "-1", "--format=%H%n%ct%n%an <%ae>")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(described, "\n")
	seconds, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return nil, err
	}
	s := &source{commit: lines[0], time: time.Unix(seconds, 0).UTC(), author: lines[2], version: version}
	if s.version == "" {
		s.version = s.ownVersion(ctx)
	}
	return s, nil
}

// ownVersion is the commit's tag, else what Go calls a commit without one.
func (s *source) ownVersion(ctx context.Context) string {
	if tag, err := git(ctx, "describe", "--tags", "--exact-match", "--match=v*"); err == nil {
		return tag
	}
	return fmt.Sprintf("v0.0.0-%s-%.12s", s.time.Format("20060102150405"), s.commit)
}

func git(ctx context.Context, args ...string) (string, error) {
	out, err := run(exec.CommandContext(ctx, "git", args...))
	return strings.TrimSpace(out), err
}

// run returns what a command prints; its complaints are in the error.
func run(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &stderr)
	}
	return stdout.String(), nil
}
