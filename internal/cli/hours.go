package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/due"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// hourFlags say when a command may work.
type hourFlags struct {
	timezone    string
	window      string
	maxDuration period
}

func (h *hourFlags) register(f *pflag.FlagSet) {
	f.StringVar(&h.timezone, "timezone", "UTC", "of --window and of the roster's dates")
	f.StringVar(&h.window, "window", "", "work only at these hours, such as 22:00-06:00; then stop, resumable")
	f.Var(&h.maxDuration, "max-duration", "stop after so long, resumable")
	f.Lookup("max-duration").DefValue = ""
}

func (h *hourFlags) zone() (*time.Location, error) {
	zone, err := due.ParseZone(h.timezone)
	if err != nil {
		return nil, usage("use a name of the IANA list", "--timezone: %v", err)
	}
	return zone, nil
}

// hoursError ends the work of a command at a time that was set for it.
type hoursError struct{ text string }

func (e *hoursError) Error() string { return e.text }

// limit is ctx until the time is over. It fails when it is over now.
func (h *hourFlags) limit(ctx context.Context) (context.Context, context.CancelFunc, error) {
	now := time.Now()
	end, why := now.AddDate(100, 0, 0), ""
	if h.maxDuration > 0 {
		end, why = now.Add(time.Duration(h.maxDuration)), fmt.Sprintf("--max-duration %s is over", time.Duration(h.maxDuration))
	}
	if h.window != "" {
		closes, err := h.closes(now)
		if err != nil {
			return nil, nil, err
		}
		if closes.Before(end) {
			end, why = closes, fmt.Sprintf("the time window %s is over", h.window)
		}
	}
	ctx, cancel := context.WithDeadlineCause(ctx, end, &hoursError{why})
	return ctx, cancel, nil
}

// closes is when the window that is open now closes.
func (h *hourFlags) closes(now time.Time) (time.Time, error) {
	zone, err := h.zone()
	if err != nil {
		return now, err
	}
	window, err := due.ParseWindow(h.window, zone)
	if err != nil {
		return now, usage("for example --window 22:00-06:00 --timezone Europe/Madrid", "--window: %v", err)
	}
	if !window.Open(now) {
		return now, fail(exitStopped, "call it again from then on; nothing was sent",
			"it is outside the time window %s, which opens at %s", window, window.Begins(now).In(zone).Format("2006-01-02 15:04 MST"))
	}
	return window.Ends(now), nil
}

// stopFileError is the operator's wish to stop.
type stopFileError struct{ path string }

func (e *stopFileError) Error() string { return e.path + " is there" }

// stopped reports the operator's wish to stop.
func stopped(dir *rundir.Dir) error {
	if dir.Stopped() {
		return &stopFileError{dir.File(rundir.Stop)}
	}
	return nil
}
