package main

import (
	"context"
	"os"
	"os/exec"
)

func (t target) binary() string {
	if t.os == "windows" {
		return "offboard.exe"
	}
	return "offboard"
}

// build makes the program. What the operator's environment could change in it
// is set here.
func (s *source) build(ctx context.Context, t target, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-mod=readonly",
		"-ldflags", "-s -w -buildid= -X main.version="+s.version, "-o", path, "./cmd/offboard")
	cmd.Env = append(os.Environ(),
		"GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0",
		"CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off", "GOTOOLCHAIN=local")
	_, err := run(cmd)
	return err
}
