package cli

import (
	"context"
	"math"
	"time"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/metrics"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// metricsEvery is how often the file of metrics is replaced.
const metricsEvery = 5 * time.Second

// monitor tells others how a command goes, and that it has ended. Nothing that
// goes wrong here changes what the command does.
type monitor struct {
	file     string // of metrics; "": none
	onFinish string
	patience period // with onFinish

	command string // that is carried out
	dir     string // of the run, as soon as it is known
	summary *results.Summary
	meter   *metrics.Meter // nil: nobody wants to know
	stop    func()         // ends what replaces the file from time to time
}

func (m *monitor) register(f *pflag.FlagSet) {
	m.patience = period(time.Minute)
	f.StringVar(&m.file, "metrics", "", "file for the node exporter's textfile collector, replaced every few seconds")
	f.StringVar(&m.onFinish, "on-finish", "", "shell command to run at the end, with the summary as JSON on its standard input")
	f.Var(&m.patience, "on-finish-timeout", "how long that command may take")
}

// watchTask begins to measure a task.
func (a *app) watchTask(k *task) {
	m := &a.monitor
	m.dir = k.dir.Path()
	if m.file == "" {
		return
	}
	a.newMeter(k.state().Header)
	k.meter = m.meter
	k.measure()
	a.writeMetrics()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(metricsEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				k.measure()
				_ = m.meter.Write(m.file) // the last time tells whether it can be written
			case <-done:
				return
			}
		}
	}()
	m.stop = func() { close(done); <-ended; k.measure() }
}

// watchIdle is for a command that finds nothing to do on a run.
func (a *app) watchIdle(dir *rundir.Dir, s *journal.State, summary *results.Summary) {
	m := &a.monitor
	m.dir, m.summary = dir.Path(), summary
	if m.file != "" {
		a.newMeter(s.Header)
		m.meter.Users(s.Counts(), s.CheckCounts())
	}
}

func (a *app) newMeter(h journal.Header) {
	m := &a.monitor
	m.meter = metrics.New(h.Tenant, h.Run, m.command)
	if err := m.meter.Recall(m.file); err != nil {
		a.log.Warn("the metrics of the command before are lost", "cause", err.Error())
	}
}

func (a *app) writeMetrics() {
	if err := a.monitor.meter.Write(a.monitor.file); err != nil {
		a.log.Warn("the metrics cannot be written", "cause", err.Error())
	}
}

func (k *task) measure() {
	k.meter.Users(k.journal.Counts())
	c := k.gate.Condition()
	if c.Rate == pace.Unlimited {
		c.Rate = math.Inf(1)
	}
	k.meter.Pace(c.Rate, c.Down)
}

// measured counts the calls.
func (k *task) measured(action string, call batch.Call) batch.Call {
	if k.meter == nil {
		return call
	}
	return func(ctx context.Context, user, message string) netex.Answer {
		answer := call(ctx, user, message)
		k.meter.Attempt(action, answer.HTTPStatus, answer.Latency)
		return answer
	}
}

// record puts entries on disk, and then counts them.
func (k *task) record(entries ...journal.Entry) error {
	err := k.journal.Append(entries...)
	if err == nil && k.meter != nil {
		k.meter.Record(entries...)
	}
	return err
}

// finish is the last thing that a command does.
func (a *app) finish(end *failure) {
	m := &a.monitor
	if a.log == nil { // its flags were wrong
		return
	}
	if m.stop != nil {
		m.stop()
	}
	if m.file != "" {
		if m.meter == nil { // it has not come to a run
			a.newMeter(journal.Header{})
		}
		m.meter.End(end.code)
		a.writeMetrics()
	}
	if m.onFinish != "" && a.getenv(hookMark) == "" {
		a.hook(end)
	}
}
