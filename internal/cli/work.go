package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/metrics"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/progress"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// job is what one command does to a run.
type job struct {
	command  string
	action   string
	mode     netex.Mode
	wants    func(j *journal.Journal, row int) bool
	message  string
	waves    waveFlags
	changed  func(netex.Answer) *batch.Change // judges a last look at everybody; nil: none is taken
	yes      bool                             // ask nothing
	approval *journal.Approval                // nil: none was needed
	settings journal.Settings                 // for later commands too
	flags    string                           // that choose the users, to name the command that goes on
}

// task is a run that a command has in hand, and what it needs to work on it.
type task struct {
	*opened
	client *netex.Client
	gate   *pace.Gate // one for all that the command sends
	pace   paceFlags
	calls  *atomic.Int64  // counts the attempts; may be nil
	meter  *metrics.Meter // may be nil
	rules  plan.Rules     // for a plan that is yet to be made
	began  time.Time
	begun  bool // a stage of this command is on record
}

// take connects a run with its tenant, for this process alone. What it returns
// is called at the end.
func (a *app) take(run *opened, mode netex.Mode, p paceFlags) (*task, func(), error) {
	if err := a.reserve(run); err != nil {
		return nil, nil, errors.Join(err, run.journal.Close())
	}
	client, disconnect, err := a.connect(run, mode, p)
	if err != nil {
		return nil, nil, errors.Join(err, run.journal.Close())
	}
	a.loud(run.tenant, "nothing real is switched off")
	k := &task{opened: run, client: client, gate: p.gate(), pace: p, began: time.Now()}
	a.watchTask(k)
	return k, disconnect, nil
}

func (k *task) state() *journal.State { return k.journal.State() }

// work carries out a job from begin to end.
func (a *app) work(ctx context.Context, b job, k *task) error {
	return a.conclude(b, k, a.stage(ctx, b, k))
}

// stage sends what the job wants. The error says why it stopped early.
func (a *app) stage(ctx context.Context, b job, k *task) error {
	if err := a.begin(b, k); err != nil {
		return err
	}
	if b.waves.waves.set {
		return a.inWaves(ctx, b, k)
	}
	return a.pool(ctx, b, k, b.users(k.journal, k.roster))
}

// begin records that the job begins.
func (a *app) begin(b job, k *task) error {
	if err := stopped(k.dir); err != nil {
		return err
	}
	a.event("begins", "command", b.command, "action", b.action, "run", k.dir.Path(), "rows", k.state().Checked.Rows)
	err := k.journal.Append(journal.Entry{Kind: journal.KindBegin, At: now(), Stage: &journal.Stage{
		Command: b.command, Action: b.action, Mode: string(b.mode), Rate: k.pace.rate.onRecord(), Tool: a.Version,
		Approval: b.approval, Settings: b.settings,
	}})
	k.begun = err == nil
	return err
}

// conclude records how the job has ended, makes the views and prints the
// summary. It closes the journal.
func (a *app) conclude(b job, k *task, stopped error) error {
	end := a.outcome(b, k, stopped)
	var unrecorded error
	if k.begun {
		unrecorded = k.journal.Append(journal.Entry{Kind: journal.KindEnd, At: now(), Reason: end.text, End: &journal.End{
			Command: b.command, ExitCode: end.code,
		}})
	}
	// After a failed write this fails too. In both cases the end stays open
	// in the record, as after a kill.
	if unrecorded != nil && !errors.Is(stopped, journal.ErrWrite) {
		end = a.outcome(b, k, unrecorded)
	}
	if err := k.journal.Close(); err != nil && stopped == nil {
		return err
	}
	summary, err := k.writeViews(unrecorded)
	if err != nil {
		summary, end = results.Head(k.state()), viewError(k.dir, err, end)
	}
	a.monitor.summary = &summary
	a.event("ended", "command", b.command, "run", k.dir.Path(), "exit_code", end.code, "cause", end.text, "users", summary.Users)
	a.printSummary(summary, k.state(), b, k.dir, time.Since(k.began))
	a.loud(k.tenant, "nothing real was switched off")
	if end.code == exitOK {
		return nil
	}
	return end
}

// writeViews makes all views. A write that failed may have left lines in the
// record that were not taken into account yet.
func (k *task) writeViews(unrecorded error) (results.Summary, error) {
	state := k.state()
	if unrecorded != nil {
		var err error
		if state, err = journal.Load(k.dir.File(rundir.Journal)); err != nil {
			return results.Summary{}, err
		}
	}
	return results.Write(paths(k.dir), k.roster, state)
}

func paths(dir *rundir.Dir) results.Paths {
	return results.Paths{
		Journal: dir.File(rundir.Journal),
		Results: dir.File(rundir.Results),
		Pending: dir.File(rundir.Pending),
		Failed:  dir.File(rundir.Failed),
		Summary: dir.File(rundir.Summary),
	}
}

// pool does the job to users, and shows how far it is.
func (a *app) pool(ctx context.Context, b job, k *task, users iter.Seq2[roster.User, error]) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	counter, count := b.counter(k.journal)
	display := progress.Start(a.Stderr, counter, progress.ModeFor(a.Stderr, a.quiet, a.getenv))
	a.stderr = display
	watched := a.watch(ctx, stop, k, counter)
	defer func() {
		watched()
		display.Stop()
		a.stderr = a.Stderr
	}()
	p := k.pool(b.action, a.log)
	p.Count = count
	if b.changed != nil {
		p.Ask, p.Changed = k.measured(journal.ActionLookup, k.client.Lookup), b.changed
	}
	return p.Run(ctx, users)
}

// pool does an action to users, at the run's pace.
func (k *task) pool(action string, log *slog.Logger) *batch.Pool {
	call := map[string]batch.Call{
		journal.ActionDeactivate: k.client.Deactivate,
		journal.ActionActivate:   k.client.Activate,
		journal.ActionCheck:      k.client.Check,
		journal.ActionLookup:     k.client.Lookup,
	}
	return &batch.Pool{
		Action:      action,
		Call:        k.measured(action, k.counted(call[action])),
		Gate:        k.gate,
		Record:      k.record,
		Count:       func(journal.Outcome, int) {},
		Log:         log,
		Concurrency: int(k.pace.concurrency),
		MaxAttempts: int(k.pace.maxAttempts),
		Drain:       time.Duration(k.pace.drain),
	}
}

// counted counts the calls, if somebody wants to know.
func (k *task) counted(call batch.Call) batch.Call {
	if k.calls == nil {
		return call
	}
	return func(ctx context.Context, user, message string) netex.Answer {
		k.calls.Add(1)
		return call(ctx, user, message)
	}
}

// users are the roster's users that the job wants, with their message.
func (b job) users(j *journal.Journal, r *roster.Roster) iter.Seq2[roster.User, error] {
	return func(yield func(roster.User, error) bool) {
		for u, err := range r.Wanted(func(row int) bool { return b.wants(j, row) }) {
			if u.Message == "" {
				u.Message = b.message
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

// counter counts the users of the job. A run that goes on counts on from what
// is settled already.
func (b job) counter(j *journal.Journal) (*progress.Counter, func(journal.Outcome, int)) {
	labels := []journal.Outcome{journal.Done, journal.Pending, journal.Failed}
	if b.reads() {
		labels = []journal.Outcome{journal.Off, journal.On, journal.Missing, journal.Failed}
	}
	words := make([]string, len(labels))
	position := make(map[journal.Outcome]int, len(labels))
	for i, o := range labels {
		words[i], position[o] = string(o), i
	}
	var settled map[journal.Outcome]int
	total := b.size(j)
	if b.action == journal.ActionDeactivate && b.command != "retry" {
		settled = j.State().Counts()
		total = j.State().Checked.Rows - settled[journal.Skipped]
	}
	c := progress.NewCounter(int64(total), words...)
	for i, o := range labels {
		c.Add(i, int64(settled[o]))
	}
	return c, func(o journal.Outcome, n int) {
		if i, ok := position[o]; ok {
			c.Add(i, int64(n))
		}
	}
}

// reads reports whether the job changes nothing at the tenant.
func (b job) reads() bool {
	return b.action == journal.ActionCheck || b.action == journal.ActionLookup
}

// size is the number of rows that the job wants.
func (b job) size(j *journal.Journal) (n int) {
	for row := range j.State().Checked.Rows {
		if b.wants(j, row+1) {
			n++
		}
	}
	return n
}

// watch shows and logs what holds the run up, and stops it when the operator
// wishes so, until the returned function is called.
func (a *app) watch(ctx context.Context, stop context.CancelCauseFunc, k *task, c *progress.Counter) func() {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		var before pace.Condition
		interrupted := ctx.Done()
		for last := false; !last; {
			select {
			case <-done:
				last = true
			case <-interrupted:
				interrupted = nil
				a.log.Info(parting(ctx))
			case <-tick.C:
				if err := stopped(k.dir); err != nil {
					stop(err)
				}
			}
			now := k.gate.Condition()
			c.Note(note(ctx, now))
			a.logChange(before, now)
			before = now
		}
	})
	return func() { close(done); wg.Wait() }
}

func parting(ctx context.Context) string {
	if why := context.Cause(ctx); !errors.Is(why, context.Canceled) {
		return why.Error() + ": requests in flight may finish"
	}
	return "interrupted: requests in flight may finish; a second interrupt kills"
}

func note(ctx context.Context, c pace.Condition) string {
	switch {
	case ctx.Err() != nil:
		return "stopping, waiting for requests in flight"
	case c.Down:
		return "the tenant is down, probing"
	case c.Pause >= time.Second:
		return fmt.Sprintf("the tenant asks for a pause of %s", c.Pause.Round(time.Second))
	}
	return ""
}

func (a *app) logChange(before, now pace.Condition) {
	if now.Down != before.Down {
		if now.Down {
			a.log.Warn("the tenant answers nobody: all wait, one request probes", "last", now.Why)
		} else {
			a.log.Info("the tenant answers again")
		}
	}
	if now.Throttled && !before.Throttled {
		a.log.Warn("the tenant answers 429: slower from here", "rate", fmt.Sprintf("%.1f/s", now.Rate))
	}
}

// outcome is how a job has ended: its exit code, and why if it was early.
func (a *app) outcome(b job, k *task, stopped error) *failure {
	again := "to go on: " + command(b.next(k.state()), k.dir.Path()) + b.flags
	var redirect *batch.RedirectError
	var told *failure
	var hours *hoursError
	var stopFile *stopFileError
	switch {
	case stopped == nil:
		return b.finished(k.state(), k.dir)
	case errors.As(stopped, &told):
		return told
	case errors.Is(stopped, batch.ErrUnauthorized), errors.Is(stopped, batch.ErrForbidden):
		return fail(exitStopped, "get a valid token, then "+again, "%v", stopped)
	case errors.As(stopped, &redirect):
		return fail(exitStopped, "is --base-url the tenant's own address? a run keeps its address: make a new one with the right --base-url", "%v", stopped)
	case errors.Is(stopped, pace.ErrOutage):
		return fail(exitStopped, "is its address right, and its certificate one that this machine trusts (--ca-cert)? when it is there again, "+again, "%v", stopped)
	case errors.As(stopped, &stopFile):
		return fail(exitStopped, "remove it, then "+again, "%v", stopped)
	case errors.As(stopped, &hours):
		return fail(exitStopped, again, "%v", stopped)
	case errors.Is(stopped, context.Canceled):
		return fail(exitInterrupted, again, "interrupted")
	case errors.Is(stopped, syscall.ENOSPC):
		return fail(exitStopped, remedy(stopped)+", then "+again, "the disk is full, and nothing is sent that cannot be recorded: %v", stopped)
	case errors.Is(stopped, journal.ErrWrite):
		return fail(exitStopped, remedy(stopped)+", then "+again, "%v", stopped)
	}
	return fail(exitBug, again, "%v", stopped)
}

// finished is the end of a job that has worked on all its users: those of the
// run whom it left out may still be open.
func (b job) finished(s *journal.State, dir *rundir.Dir) *failure {
	if b.action == journal.ActionActivate {
		return b.undone(s, dir)
	}
	if n := left(s.InForce().Counts()); n > 0 {
		return fail(b.exit(s), "to send the rest: "+command("resume", dir.Path()),
			"the run is not finished: %s not sent, or without an answer on record", plural(n, "user"))
	}
	return &failure{code: b.exit(s)}
}

// left are the users whom resume would send.
func left(n map[journal.Outcome]int) int { return n[journal.Unsent] + n[journal.Unknown] }

// next is the command that goes on with a job that stopped early.
func (b job) next(s *journal.State) string {
	switch b.command {
	case "run", "apply", planJob.command:
		return onward(s)
	}
	return b.command
}

// onward is the command that goes on with a run: a plan is no run yet.
func onward(s *journal.State) string {
	switch {
	case s.IsPlan() && s.Plan == nil:
		return "plan"
	case s.IsPlan():
		return "apply"
	}
	return "resume"
}

// exit is the code of a job that has worked on all its users.
func (b job) exit(s *journal.State) int {
	if b.action == journal.ActionCheck {
		return checkCode(s)
	}
	return standingCode(s)
}

// standingCode is where a run stands, as an exit code. Whom an undo has taken
// over does not count.
func standingCode(s *journal.State) int {
	n := s.InForce().Counts()
	if left(n) > 0 {
		if last := s.Last(); last.Exit == exitInterrupted {
			return exitInterrupted
		}
		return exitStopped
	}
	return settledCode(n)
}

// settledCode is the code of users who all have an answer.
func settledCode(n map[journal.Outcome]int) int {
	switch {
	case n[journal.Failed] > 0:
		return exitFailed
	case n[journal.Pending] > 0:
		return exitPending
	}
	return exitOK
}

// checkCode looks at what the latest checks have found. Whom an undo has taken
// over should be on.
func checkCode(s *journal.State) int {
	found, n := s.CheckCounts(), s.InForce().Counts()
	wrong := s.InForce().CheckCounts()[journal.On] + s.TakenOver().CheckCounts()[journal.Off]
	switch {
	case wrong+found[journal.Missing]+found[journal.Failed] > 0:
		return exitFailed
	case left(n) > 0:
		return exitStopped
	case n[journal.Pending] > 0:
		return exitPending
	}
	return exitOK
}

// viewError says that the record is whole but its views could not be made.
func viewError(dir *rundir.Dir, err error, end *failure) *failure {
	if end.text != "" {
		return fail(end.code, end.hint, "%s; and the views could not be made: %v", end.text, err)
	}
	return fail(exitStopped, "everything is recorded; "+remedy(err)+", then "+command("resume", dir.Path())+" makes the views",
		"the views could not be made: %v", err)
}
