package results

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// TestLags: the end is the answer that made the user done, not the first one;
// who was never to be sent, or has no due time, does not count.
func TestLags(t *testing.T) {
	path := filepath.Join(t.TempDir(), "input.csv")
	must(t, os.WriteFile(path, []byte("user,due\nu1,-1h\nu2,-30h\nu3,\nu4,0s\nu5,0s\nu6,0s\n"), 0o600))
	r, err := roster.Open(path, "input.csv", roster.Options{DueColumn: "due", Due: func(cell string) (time.Time, error) {
		if cell == "" {
			return time.Time{}, nil
		}
		d, err := time.ParseDuration(cell)
		return at.Add(d), err
	}})
	must(t, err)
	record := filepath.Join(filepath.Dir(path), "journal.jsonl")
	d, err := journal.Create(record, journal.Header{Run: "r"}, at)
	must(t, err)
	must(t, d.Add(journal.Entry{Kind: journal.KindSkip, Row: 5, At: at, User: "u5"}))
	must(t, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: 6}}))
	j, err := d.Publish()
	must(t, err)
	must(t, j.Append(
		journal.Entry{Kind: journal.KindBegin, At: at, Stage: &journal.Stage{Command: "run", Action: journal.ActionDeactivate}},
		sent(1), answer(1, 1, journal.Pending, journal.Answer{}), sent(2), answer(2, 2, journal.Done, journal.Answer{}),
		sent(3), answer(3, 3, journal.Done, journal.Answer{}), sent(4), answer(4, 4, journal.Failed, journal.Answer{}),
		sent(1), answer(1, 60, journal.Done, journal.Answer{})))
	must(t, j.Close())
	s, err := journal.Load(record)
	must(t, err)
	var out bytes.Buffer
	found, err := WriteLags(&out, Lags(record, r, s))
	must(t, err)
	compare(t, "lag.csv", out.String(), `row,user,due,outcome,confirmed,lag_seconds
1,u1,2026-11-24T08:00:00.123Z,done,2026-11-24T09:01:00.123Z,3660
2,u2,2026-11-23T03:00:00.123Z,done,2026-11-24T09:00:02.123Z,108002
4,u4,2026-11-24T09:00:00.123Z,failed,,
6,u6,2026-11-24T09:00:00.123Z,unsent,,
`)
	compare(t, "summary", fmt.Sprint(found), "{4 2 [{24h0m0s 1} {48h0m0s 2}] [{50 1h1m0s} {90 30h0m2s} {95 30h0m2s} {99 30h0m2s} {100 30h0m2s}]}")
}

// TestSummarise: percentiles are by the nearest rank, and a limit includes
// itself.
func TestSummarise(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i)*time.Hour)
	}
	compare(t, "hundred", fmt.Sprint(summarise(120, hundred)),
		"{120 100 [{24h0m0s 24} {48h0m0s 48}] [{50 50h0m0s} {90 90h0m0s} {95 95h0m0s} {99 99h0m0s} {100 100h0m0s}]}")
	compare(t, "none", fmt.Sprint(summarise(3, nil)), "{3 0 [{24h0m0s 0} {48h0m0s 0}] []}")
}
