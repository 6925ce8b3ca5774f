package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// million measures a large run, and a tenth of it.
func million(l *lab, o options) []*verdict {
	v := &verdict{name: "million"}
	w := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "users\trun\tusers/s\tpeak\tCPU/user\tjournal\tstatus\tits peak\tresume\tits peak\t")
	for _, n := range []int{o.users / 10, o.users} {
		v.check(l.measure(v, w, max(1, n)))
	}
	w.Flush()
	return []*verdict{v}
}

func (l *lab) measure(v *verdict, w *tabwriter.Writer, users int) error {
	dir, err := l.folder()
	if err != nil {
		return err
	}
	roster, run := filepath.Join(dir, "roster.csv"), filepath.Join(dir, "run")
	if err := longRoster(roster, users); err != nil {
		return err
	}
	t, err := l.tenant(dir, users)
	if err != nil {
		return err
	}
	defer t.stop()
	ran, err := l.must("run", roster, "--dir", run, "--base-url", t.url, "--yes", "--quiet", "--rate", "unlimited", "--concurrency", "64")
	if err != nil {
		return err
	}
	status, err := l.must("status", run, "--json")
	if err != nil {
		return err
	}
	var s standing
	if err := json.Unmarshal([]byte(status.stdout), &s); err != nil {
		return err
	}
	if s.Users["done"] != users {
		v.lost += users - s.Users["done"]
	}
	v.users += users
	resumed, err := l.must("resume", run, "--quiet")
	if err != nil {
		return err
	}
	journal, err := os.Stat(filepath.Join(run, "journal.jsonl"))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d\t%s\t%.0f\t%s\t%.0f us\t%s\t%s\t%s\t%s\t%s\t\n",
		users, seconds(ran), float64(users)/ran.took.Seconds(), megabytes(ran.peak), float64(ran.cpu.Microseconds())/float64(users),
		megabytes(journal.Size()), seconds(status), megabytes(status.peak), seconds(resumed), megabytes(resumed.peak))
	return t.close()
}

func seconds(e ended) string { return e.took.Round(10 * time.Millisecond).String() }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// must run and end well.
func (l *lab) must(args ...string) (ended, error) {
	end, err := l.call(args...)
	if err == nil && end.code != 0 {
		err = fmt.Errorf("%s: %s", args[0], end)
	}
	return end, err
}

// longRoster has nobody in it who is not at the tenant.
func longRoster(path string, users int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	fmt.Fprintln(b, "username,name,department")
	for i := range users {
		fmt.Fprintf(b, "user%06d,Person %d,d%d\n", i+1, i+1, i%9)
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}
