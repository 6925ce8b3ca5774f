// Package results makes the views of a run from its journal and its roster:
// results.csv, pending.csv, failed.csv and summary.json. All of them can be
// made again at any time.
package results

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// Paths are the files that Write reads and replaces.
type Paths struct {
	Journal                           string
	Results, Pending, Failed, Summary string
}

var (
	resultsHeader = []string{"row", "user", "action", "outcome", "platform", "status", "message", "location", "http_status", "attempts", "latency_ms", "time"}
	pendingHeader = []string{"pending_platforms", "pending_since", "attempts"}
	failedHeader  = []string{"error"}
)

// everything is the name that stands for the user as a whole in the platform
// column.
const everything = "*"

// Write makes all views of a run that stands at state and returns the summary.
// Memory grows by 4 bytes for each row, and by 16 for each further answer.
func Write(p Paths, r *roster.Roster, state *journal.State) (Summary, error) {
	x, err := newIndex(p.Journal, state, journal.KindAnswer, journal.KindSkip)
	if err != nil {
		return Summary{}, err
	}
	f, err := os.Open(p.Journal)
	if err != nil {
		return Summary{}, err
	}
	defer f.Close()
	s := Head(state)
	if err := writeTables(p, r, ahead(x.rows(f)), &s); err != nil {
		return s, err
	}
	return s, writeSummary(p.Summary, s)
}

// Current returns the summary if the views that stand are those of the run's
// last command. summary.json is written last, so it vouches for the others.
func Current(p Paths, s *journal.State) (Summary, bool) {
	var sum Summary
	for _, path := range []string{p.Results, p.Pending, p.Failed, p.Summary} {
		if durable.Plain(path) != nil {
			return sum, false
		}
	}
	b, err := os.ReadFile(p.Summary)
	if err != nil || json.Unmarshal(b, &sum) != nil {
		return sum, false
	}
	last := s.Last().Ended
	return sum, sum.Finished != nil && !last.IsZero() && sum.Finished.Equal(last)
}

func writeSummary(path string, s Summary) error {
	return durable.Replace(path, func(w io.Writer) error {
		b, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(append(b, '\n'))
		return err
	})
}

// writeTables makes the three CSV files in one walk over the rows, and the
// platforms' part of the summary.
func writeTables(p Paths, r *roster.Roster, rows iter.Seq2[row, error], s *Summary) (err error) {
	dialect := r.Dialect()
	results, err := createTable(p.Results, dialect)
	if err != nil {
		return err
	}
	defer results.Discard()
	pending, err := createTable(p.Pending, dialect)
	if err != nil {
		return err
	}
	defer pending.Discard()
	failed, err := createTable(p.Failed, dialect)
	if err != nil {
		return err
	}
	defer failed.Discard()

	people := newPeople(r)
	defer people.close()
	results.Write(resultsHeader)
	pending.buffer.WriteString(dialect.SepLine())
	failed.buffer.WriteString(dialect.SepLine())
	pendingPeople := extend(pending, people.names, pendingHeader)
	failedPeople := extend(failed, people.names, failedHeader)
	for row, err := range rows {
		if err != nil {
			return err
		}
		writeRow(results, row)
		latest := merge(row)
		s.count(latest)
		if row.undone || row.standing != journal.Pending && row.standing != journal.Failed {
			continue // whoever was put back must not be in a roster to be sent
		}
		fields, err := people.fields(row.number)
		switch {
		case err != nil:
			return err
		case row.standing == journal.Pending:
			pendingPeople.put(fields, []string{latest.pendingPlatforms(), stamp(latest.pendingSince), strconv.Itoa(latest.attempts)})
		default:
			failedPeople.put(fields, []string{defuse(latest.failure())})
		}
	}
	for _, t := range []*table{results, pending, failed} {
		if err := t.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// table is a CSV file in the roster's dialect. The first failed write is told
// by Commit.
type table struct {
	*csv.Writer
	buffer *bufio.Writer
	file   *durable.File
}

func createTable(path string, d roster.Dialect) (*table, error) {
	f, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriterSize(f, 256<<10)
	if d.BOM {
		b.WriteString("\uFEFF")
	}
	w := csv.NewWriter(b)
	w.Comma = d.Delimiter
	return &table{Writer: w, buffer: b, file: f}, nil
}

func (t *table) Commit() error {
	t.Flush()
	if err := t.Error(); err != nil {
		return err
	}
	if err := t.buffer.Flush(); err != nil {
		return err
	}
	return t.file.Commit()
}

func (t *table) Discard() { t.file.Discard() }

// writeRow writes a line for each answer and one for each of its platforms.
func writeRow(w *table, r row) {
	number := strconv.Itoa(r.number)
	for _, e := range r.entries {
		if e.Kind == journal.KindSkip {
			outcome := cmp.Or(e.Outcome, journal.Skipped)
			e.Answer = cmp.Or(e.Answer, &journal.Answer{})
			w.Write([]string{
				number, e.User, e.Action, string(outcome), everything, status(e.Answer.Status), defuse(e.Reason), "",
				status(e.Answer.HTTPStatus), status(e.Answer.Attempts), "", stamp(e.At),
			})
			continue
		}
		a := e.Answer
		message := a.Message
		if e.Reason != "" {
			message = strings.TrimSuffix("does not count, "+e.Reason+": "+message, ": ")
		}
		line := []string{
			number, e.User, a.Action, string(e.Outcome), everything, status(a.Status), defuse(message), defuse(a.Location),
			status(a.HTTPStatus), strconv.Itoa(a.Attempts), strconv.FormatInt(a.LatencyMS, 10), stamp(e.At),
		}
		w.Write(line)
		for _, p := range a.Platforms {
			line[3], line[4], line[5] = string(p.Outcome), platformName(p.Name), status(p.Status)
			line[6], line[7] = defuse(p.Message), defuse(p.Location)
			w.Write(line)
		}
	}
}

// platformName keeps a platform from posing as the user's own line.
func platformName(name string) string {
	if name == everything {
		return "'" + name
	}
	return defuse(name)
}

func status(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// stamp is a time to the millisecond. The library is quick only at RFC 3339
// without fractions.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	b := t.UTC().AppendFormat(make([]byte, 0, len("2006-01-02T15:04:05.000Z")), time.RFC3339)
	ms := t.Nanosecond() / 1e6
	return string(append(b[:len(b)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z'))
}

// people are the roster's own fields, read along with the rows of the journal.
type people struct {
	next  func() (roster.Record, error, bool)
	close func()
	names []string
}

func newPeople(r *roster.Roster) *people {
	p := &people{names: r.Header()}
	p.next, p.close = iter.Pull2(r.Records())
	return p
}

// extended is a table of people with columns of its own behind theirs. A
// roster may be such a table of an earlier run: then these columns are
// replaced.
type extended struct {
	*table
	names   []string // of the roster's columns
	replace []int    // of them
}

// extend begins such a table.
func extend(t *table, names, added []string) *extended {
	x := &extended{table: t, names: names}
	for i, name := range names {
		if slices.Contains(added, strings.ToLower(strings.TrimSpace(name))) {
			x.replace = append(x.replace, i)
		}
	}
	x.put(names, added)
	return x
}

// extendAll does so for a table whose columns a roster may well have of its
// own: they are replaced only if all of them stand at its end.
func extendAll(t *table, names, added []string) *extended {
	x := &extended{table: t, names: names}
	if own := len(names) - len(added); own >= 0 && slices.Equal(names[own:], added) {
		for i := range added {
			x.replace = append(x.replace, own+i)
		}
	}
	x.put(names, added)
	return x
}

func (x *extended) put(fields, added []string) {
	kept := make([]string, 0, len(fields)+len(added))
	for i, f := range fields {
		if !slices.Contains(x.replace, i) {
			kept = append(kept, f)
		}
	}
	x.Write(append(kept, added...))
}

// fields are those of the roster's row. Calls go forward through the roster.
func (p *people) fields(number int) ([]string, error) {
	for {
		rec, err, ok := p.next()
		switch {
		case !ok:
			return nil, errors.New("the roster has fewer rows than the journal")
		case err != nil:
			return nil, err
		case rec.Row == number:
			return rec.Fields, nil
		}
	}
}
