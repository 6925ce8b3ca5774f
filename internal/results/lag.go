package results

import (
	"encoding/csv"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// Lag is how long after its due time a user was off on every platform.
type Lag struct {
	Row       int
	User      string
	Due       time.Time
	Outcome   journal.Outcome
	Confirmed time.Time // of the answer that made the user done; zero: not done
}

// Lags yields the users of a run that stands at state and that have a due time,
// in the roster's order. Who was never to be sent is left out.
func Lags(record string, r *roster.Roster, state *journal.State) iter.Seq2[Lag, error] {
	return func(yield func(Lag, error) bool) {
		x, err := newIndex(record, state, journal.KindAnswer)
		if err != nil {
			yield(Lag{}, err)
			return
		}
		f, err := durable.Open(record, os.O_RDONLY)
		if err != nil {
			yield(Lag{}, err)
			return
		}
		defer f.Close()
		at, stop := follow(x.rows(f))
		defer stop()
		for u, err := range r.Users() {
			if err == nil && (u.Due.IsZero() || state.Barred(u.Row)) {
				continue
			}
			l := Lag{Row: u.Row, User: u.User, Due: u.Due}
			if err == nil {
				l.Outcome = state.Standing(u.Row)
				l.Confirmed, err = confirmed(at, l)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

func confirmed(at func(int) (row, error), l Lag) (end time.Time, err error) {
	r, err := at(l.Row)
	if err != nil || l.Outcome != journal.Done {
		return end, err
	}
	for _, e := range r.entries {
		if e.Answer.Action == journal.ActionDeactivate && e.Outcome == journal.Done {
			end = e.At
		}
	}
	return end, nil
}

// LagSummary counts lags, and tells them as percentiles of those who are done.
type LagSummary struct {
	Users       int           // with a due time
	Done        int           // of them
	Within      []LagWithin   // 24 and 48 hours
	Percentiles []LagQuantile // by the nearest rank; none when nobody is done
}

// LagWithin is how many were done so soon after they were due.
type LagWithin struct {
	Limit time.Duration
	Users int
}

// LagQuantile is the lag that so many percent of those who are done do not
// exceed.
type LagQuantile struct {
	Percent int
	Lag     time.Duration
}

// WriteLags writes a CSV of all lags, in seconds. The summary counts 8 bytes a
// user meanwhile.
func WriteLags(w io.Writer, lags iter.Seq2[Lag, error]) (LagSummary, error) {
	var all []time.Duration
	users := 0
	out := csv.NewWriter(w)
	out.Write([]string{"row", "user", "due", "outcome", "confirmed", "lag_seconds"})
	for l, err := range lags {
		if err != nil {
			return LagSummary{}, err
		}
		users++
		seconds := ""
		if !l.Confirmed.IsZero() {
			lag := l.Confirmed.Sub(l.Due)
			all = append(all, lag)
			seconds = strconv.FormatFloat(lag.Seconds(), 'f', 0, 64)
		}
		out.Write([]string{strconv.Itoa(l.Row), l.User, stamp(l.Due), string(l.Outcome), stamp(l.Confirmed), seconds})
	}
	out.Flush()
	return summarise(users, all), out.Error()
}

func summarise(users int, done []time.Duration) LagSummary {
	slices.Sort(done)
	s := LagSummary{Users: users, Done: len(done)}
	for _, limit := range []time.Duration{24 * time.Hour, 48 * time.Hour} {
		n, _ := slices.BinarySearch(done, limit+1)
		s.Within = append(s.Within, LagWithin{limit, n})
	}
	for _, percent := range []int{50, 90, 95, 99, 100} {
		if len(done) > 0 {
			rank := int(math.Ceil(float64(percent*len(done)) / 100))
			s.Percentiles = append(s.Percentiles, LagQuantile{percent, done[rank-1]})
		}
	}
	return s
}
