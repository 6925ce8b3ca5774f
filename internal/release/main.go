// Command release builds what is handed out: for every system an archive with
// one static binary, manual pages and completions, and the list of what is
// linked in; packages for Debian; and the digests of all of them. The same
// commit gives the same bytes, wherever and whenever it is built.
//
//	go run ./internal/release -o dist
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

// toolchain makes the bytes, the compressed ones too.
const toolchain = "go1.26.8"

// target is a system that is built for.
type target struct{ os, arch string }

var targets = []target{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	out := flag.String("o", "dist", "the folder to make")
	version := flag.String("version", "", "such as v1.2.0 (default the commit's tag, else its time and hash)")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: go run ./internal/release [-o DIR] [-version V] [OS/ARCH...]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := release(ctx, *out, *version, flag.Args())
	stop()
	if err != nil {
		log.Fatalf("error: %v", err)
	}
}

// release fills the folder out, which must not be there yet.
func release(ctx context.Context, out, version string, only []string) error {
	if v := runtime.Version(); v != toolchain {
		return fmt.Errorf("this is %s, and releases are built by %s: set GOTOOLCHAIN=%[2]s", v, toolchain)
	}
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	s, err := readSource(ctx, version)
	if err != nil {
		return err
	}
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	shared, err := s.shared()
	if err != nil {
		return err
	}
	for _, t := range chosen {
		if err := s.hand(ctx, out, t, shared); err != nil {
			return fmt.Errorf("%s/%s: %w", t.os, t.arch, err)
		}
	}
	return writeSums(out)
}

// choose picks targets by their names; all of them without a name.
func choose(names []string) (chosen []target, err error) {
	if len(names) == 0 {
		return targets, nil
	}
	known := make(map[string]target)
	for _, t := range targets {
		known[t.os+"/"+t.arch] = t
	}
	for _, n := range names {
		t, ok := known[n]
		if !ok {
			err = errors.Join(err, fmt.Errorf("there is no release for %q", n))
		}
		chosen = append(chosen, t)
	}
	return chosen, err
}

// hand makes the files for one target.
func (s *source) hand(ctx context.Context, out string, t target, shared []file) error {
	temp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	binary := filepath.Join(temp, t.binary())
	if err := s.build(ctx, t, binary); err != nil {
		return err
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	base := filepath.Join(out, strings.Join([]string{"offboard", strings.TrimPrefix(s.version, "v"), t.os, t.arch}, "_"))
	if err := s.writeBill(base+".cdx.json", binary, program); err != nil {
		return err
	}
	if err := s.writeArchive(base, t, append([]file{{t.binary(), 0o755, program}}, shared...)); err != nil {
		return err
	}
	if t.os != "linux" {
		return nil
	}
	return s.writeDeb(ctx, out, temp, t.arch, program, shared)
}
