package cli

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/guard"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// waves are the sizes of the trials before the rest.
type waves struct {
	guard.Waves
	set bool
}

func (w *waves) Type() string { return "N,P%,rest" }

func (w *waves) String() string {
	if !w.set {
		return ""
	}
	return w.Waves.String()
}

func (w *waves) Set(text string) (err error) {
	w.Waves, err = guard.ParseWaves(text)
	w.set = err == nil
	return err
}

// waveFlags say in which portions people are sent, and what stops the next one.
type waveFlags struct {
	waves       waves
	maxFailures share
	pause       period
}

func (w *waveFlags) register(f *pflag.FlagSet) {
	f.Var(&w.waves, "waves", "send a few first, such as 1,10,5%,rest; at a terminal, ask before each wave")
	f.Var(&w.maxFailures, "max-failures", "stop, resumable, after a wave in which more than that have failed (default 0)")
	f.Var(&w.pause, "wave-pause", "wait so long after each wave")
	for _, name := range []string{"waves", "max-failures", "wave-pause"} {
		f.Lookup(name).DefValue = ""
	}
}

func (w *waveFlags) check() error {
	if !w.waves.set && (w.maxFailures.set || w.pause > 0) {
		return usage("for example --waves 1,10,rest", "--max-failures and --wave-pause say nothing without --waves")
	}
	return nil
}

// inWaves sends what the job wants, a few at a time.
func (a *app) inWaves(ctx context.Context, b job, k *task) error {
	next, stop := iter.Pull2(b.users(k.journal, k.roster))
	defer stop()
	sizes := b.waves.waves.Sizes(b.size(k.journal))
	for i, size := range sizes {
		name := fmt.Sprintf("wave %d of %d", i+1, len(sizes))
		before := k.state().Counts()[journal.Failed]
		if err := a.pool(ctx, b, k, portion(size, next)); err != nil {
			return err
		}
		if i == len(sizes)-1 {
			break // nothing is left to be stopped
		}
		failed := k.state().Counts()[journal.Failed] - before
		if failed > b.waves.maxFailures.Of(size) {
			return fail(exitStopped, "look at "+quote(k.dir.File(rundir.Failed))+"; to go on nevertheless: "+command(b.next(k.state()), k.dir.Path()),
				"%s: %d of %s failed, and --max-failures is %s", name, failed, plural(size, "user"), b.waves.maxFailures.Share.String())
		}
		if err := a.betweenWaves(ctx, b, k, fmt.Sprintf("%s: %s sent, %d failed.", name, plural(size, "user"), failed)); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// betweenWaves waits, and asks where somebody can answer.
func (a *app) betweenWaves(ctx context.Context, b job, k *task, news string) error {
	a.log.Info(news)
	pace.Sleep(ctx, time.Duration(b.waves.pause))
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if b.yes || k.tenant.simulated || !isTerminal(a.Stdin) || !isTerminal(a.Stderr) {
		return nil
	}
	if err := a.ask(ctx, news+" Go on?"); err != nil {
		if context.Cause(ctx) != nil {
			return context.Cause(ctx)
		}
		return fail(exitInterrupted, "to go on: "+command(b.next(k.state()), k.dir.Path()), "stopped after a wave")
	}
	return nil
}

// portion is the next few users.
func portion(size int, next func() (roster.User, error, bool)) iter.Seq2[roster.User, error] {
	return func(yield func(roster.User, error) bool) {
		for range size {
			if u, err, ok := next(); !ok || !yield(u, err) {
				return
			}
		}
	}
}
