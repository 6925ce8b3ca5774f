// Command offboard deactivates the people of a CSV at a netexCloud tenant.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/offboard-cli/offboard/internal/cli"
)

// version is set by the linker in releases.
var version string

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A closed pipe behind the output must not end a run half-way.
	signal.Ignore(syscall.SIGPIPE)
	// The first signal drains; then the default action is back, and a second
	// one kills. The files are safe against that.
	context.AfterFunc(ctx, stop)
	return cli.Main(ctx, cli.Process{
		Args:    os.Args[1:],
		Env:     os.Environ(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Version: buildVersion(),
	})
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
