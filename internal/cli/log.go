package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
)

// openLog makes the log, in the format and from the level that the flags say.
func (a *app) openLog() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return usage("choose debug, info, warn or error", "--log-level: %q is no level", a.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	out := writerFunc(func(b []byte) (int, error) { return a.stderr.Write(b) })
	switch a.logFormat {
	case "text":
		a.log = slog.New(slog.NewTextHandler(out, options))
	case jsonLog:
		a.log = slog.New(slog.NewJSONHandler(out, options))
	default:
		return usage("choose text or json", "--log-format: %q is no format", a.logFormat)
	}
	return nil
}

const jsonLog = "json"

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// identify puts the run's id on every line from here on, and into every
// request. Without one, as in the record of an older program, there is a new
// one. Lines for people are of the one run before their eyes.
func (a *app) identify(id string) {
	a.runID = cmp.Or(id, strings.ToLower(rand.Text()[:10]))
	if a.logFormat == jsonLog {
		a.log = a.log.With("run_id", a.runID)
	}
}

// event logs what the summary tells people too.
func (a *app) event(msg string, args ...any) {
	level := slog.LevelDebug
	if a.logFormat == jsonLog {
		level = slog.LevelInfo
	}
	a.log.Log(context.Background(), level, msg, args...)
}
