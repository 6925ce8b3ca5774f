// Package metrics tells how a command goes, in a file for the node exporter's
// textfile collector.
package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/offboard-cli/offboard/internal/journal"
)

const (
	namespace = "offboard"
	lastName  = namespace + "_last_success_timestamp_seconds"

	// most bounds the values of a label that the tenant chooses; what comes
	// after them is told as other.
	most  = 50
	other = "other"
)

// Meter counts what one command does. It may be used by many goroutines.
type Meter struct {
	registry *prometheus.Registry
	tenant   string
	command  string
	last     *prometheus.GaugeVec

	users     *prometheus.GaugeVec
	checked   *prometheus.GaugeVec
	attempts  *prometheus.CounterVec
	retries   prometheus.Counter
	answers   *prometheus.CounterVec
	platforms labels
	statuses  labels
	latency   prometheus.Histogram
	rate      prometheus.Gauge
	down      prometheus.Gauge
	began     prometheus.Gauge
	ended     prometheus.Gauge
	exit      prometheus.Gauge
	final     prometheus.Registerer // of those that only an end has
}

// New returns the meter of a command on a run at a tenant, both by the names
// that the summary has for them; "" when it has not come that far.
func New(tenant, run, command string) *Meter {
	m := &Meter{registry: prometheus.NewRegistry(), tenant: tenant, command: command, platforms: newLabels(), statuses: newLabels()}
	same := prometheus.WrapRegistererWith(prometheus.Labels{"tenant": tenant, "command": command}, m.registry)
	m.final = same
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	}
	gauges := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m.users = gauges("users", "Rows of the roster by where they stand.", "outcome")
	m.checked = gauges("checked_users", "Users by what their latest check has found.", "found")
	m.attempts = counters("attempts_total", "HTTP requests by what they do and the status of their answer (0: none came).", "action", "http_status")
	m.retries = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "retries_total", Help: "Attempts beyond each user's first."})
	m.answers = counters("answers_total", "Answers on record by platform and its status; the platform * is the answer as a whole, with its HTTP status.", "platform", "status")
	m.latency = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "attempt_duration_seconds", Help: "How long attempts took.",
		Buckets: []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	m.rate = gauge("rate_limit", "Attempts a second that are allowed now.")
	m.down = gauge("tenant_down", "1 while the tenant answers nobody.")
	m.began = gauge("start_timestamp_seconds", "When the command began.")
	m.ended = gauge("end_timestamp_seconds", "When the command ended.")
	m.exit = gauge("exit_code", "Of the command.")
	m.last = gauges("last_success_timestamp_seconds", "When the command last ended with exit code 0.", "tenant", "command")
	info := gauges("run_info", "The run that the command works on.", "run")
	same.MustRegister(m.users, m.checked, m.attempts, m.retries, m.answers, m.latency, m.rate, m.down, m.began, info)
	m.registry.MustRegister(m.last)
	info.WithLabelValues(run).Set(1)
	m.began.SetToCurrentTime()
	return m
}

// Attempt counts one request.
func (m *Meter) Attempt(action string, httpStatus int, took time.Duration) {
	m.attempts.WithLabelValues(action, m.statuses.bound(strconv.Itoa(httpStatus))).Inc()
	m.latency.Observe(took.Seconds())
}

// Record counts the answers that went on record.
func (m *Meter) Record(entries ...journal.Entry) {
	for _, e := range entries {
		a := e.Answer
		if a == nil || e.Kind == journal.KindSkip {
			continue
		}
		m.retries.Add(float64(max(0, a.Attempts-1)))
		m.answers.WithLabelValues("*", m.statuses.bound(strconv.Itoa(a.HTTPStatus))).Inc()
		for _, p := range a.Platforms {
			m.answers.WithLabelValues(m.platforms.bound(p.Name), m.statuses.bound(strconv.Itoa(p.Status))).Inc()
		}
	}
}

// Users sets where everybody stands, and what was found of those checked.
func (m *Meter) Users(standing, checked map[journal.Outcome]int) {
	for _, o := range []journal.Outcome{journal.Done, journal.Pending, journal.Failed, journal.Skipped, journal.Unsent, journal.Unknown} {
		m.users.WithLabelValues(string(o)).Set(float64(standing[o]))
	}
	for _, o := range []journal.Outcome{journal.Off, journal.On, journal.Missing, journal.Failed} {
		m.checked.WithLabelValues(string(o)).Set(float64(checked[o]))
	}
}

// Pace sets the attempts a second that are allowed, and whether the tenant is
// down.
func (m *Meter) Pace(perSecond float64, down bool) {
	m.rate.Set(perSecond)
	m.down.Set(0)
	if down {
		m.down.Set(1)
	}
}

// End sets how the command has ended.
func (m *Meter) End(exitCode int) {
	m.final.MustRegister(m.ended, m.exit)
	m.ended.SetToCurrentTime()
	m.exit.Set(float64(exitCode))
	m.down.Set(0)
	if exitCode == 0 {
		m.last.WithLabelValues(m.tenant, m.command).SetToCurrentTime()
	}
}
