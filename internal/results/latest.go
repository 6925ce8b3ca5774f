package results

import (
	"slices"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// latest is what is known of a row after all its answers: for each platform
// the last answer that named it.
type latest struct {
	platforms    []journal.Platform
	answer       *journal.Answer // the last one
	refused      string          // why it failed without being sent
	attempts     int             // of all answers
	pendingSince time.Time
}

func merge(r row) (l latest) {
	for _, e := range r.entries {
		if e.Kind == journal.KindSkip && e.Outcome == journal.Failed && e.Action == "" {
			l.refused = e.Reason
		}
		if e.Answer == nil || e.Answer.Action != journal.ActionDeactivate || e.Reason != "" {
			continue
		}
		l.answer = e.Answer
		l.attempts += e.Answer.Attempts
		l.platforms = slices.Grow(l.platforms, max(0, len(e.Answer.Platforms)-len(l.platforms)))
		for _, p := range e.Answer.Platforms {
			l.set(p)
		}
		switch {
		case e.Outcome != journal.Pending:
			l.pendingSince = time.Time{}
		case l.pendingSince.IsZero():
			l.pendingSince = e.At
		}
	}
	return l
}

func (l *latest) set(p journal.Platform) {
	i := slices.IndexFunc(l.platforms, func(known journal.Platform) bool { return known.Name == p.Name })
	if i < 0 {
		l.platforms = append(l.platforms, p)
	} else {
		l.platforms[i] = p
	}
}

// pendingPlatforms names them; an answer that names none is pending as a
// whole.
func (l latest) pendingPlatforms() string {
	var names []string
	for _, p := range l.platforms {
		if p.Outcome == journal.Pending {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return everything
	}
	return defuse(strings.Join(names, ";"))
}

// failure says why the user failed: the platforms that did, or else the
// answer as a whole.
func (l latest) failure() string {
	if l.answer == nil {
		return l.refused
	}
	var parts []string
	for _, p := range l.answer.Platforms {
		if p.Outcome == journal.Failed {
			parts = append(parts, p.Name+": "+p.Message)
		}
	}
	if len(parts) == 0 {
		return l.answer.Message
	}
	return strings.Join(parts, "; ")
}
