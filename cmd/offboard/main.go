// Command offboard deactivates the people of a CSV at a netexCloud tenant.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // zones are known on every machine

	"github.com/offboard-cli/offboard/internal/cli"
)

// version is set by the linker in releases.
var version string

// grace is how long signals after the first count as the first.
const grace = 300 * time.Millisecond

func main() { os.Exit(run()) }

func run() int {
	private()
	// net/http logs there what a server says unasked; it is no line of ours.
	log.SetOutput(io.Discard)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	// A closed pipe behind the output must not end a run half-way.
	signal.Ignore(syscall.SIGPIPE)
	// The first signal drains; then the default action is back, and a second
	// one kills. The files are safe against that. Some who send a signal send
	// it twice at once, to the process and to its group.
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })
	config, _ := os.UserConfigDir() // without a home there are no settings in it
	return cli.Main(ctx, cli.Process{
		Args:      os.Args[1:],
		Env:       os.Environ(),
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Version:   buildVersion(),
		ConfigDir: config,
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
