package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// printSizes sets the figures of the two runs side by side.
func printSizes(out io.Writer, tenth, whole *size) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "users\t%d\t%d\tratio\taim\t\n", tenth.users, whole.users)
	row := func(name, aim, format string, value func(*size) float64) {
		a, b := value(tenth), value(whole)
		fmt.Fprintf(w, "%s\t"+format+"\t"+format+"\t%.2f\t%s\t\n", name, a, b, b/a, aim)
	}
	row("run", "", "%.1f s", func(s *size) float64 { return s.run.took.Seconds() })
	row("a user", "ratio 0.90-1.10", "%.1f us", func(s *size) float64 { return micros(s.run.took, s.users) })
	row("CPU a user", "", "%.1f us", func(s *size) float64 { return micros(s.run.cpu, s.users) })
	row("peak memory", "< 400 MB", "%.0f MB", func(s *size) float64 { return megabytes(s.run.peak) })
	row("until it sends", "", "%.2f s", func(s *size) float64 { return s.stage.before.Seconds() })
	row("sending", "", "%.1f s", func(s *size) float64 { return s.stage.sending.Seconds() })
	row("journal", "", "%.0f MB", func(s *size) float64 { return megabytes(s.journal) })
	row("views", "", "%.1f s", func(s *size) float64 { return s.stage.views.Seconds() })
	row("lines of views", "> 500000/s", "%.0f/s", func(s *size) float64 { return float64(s.lines) / s.stage.views.Seconds() })
	row("status", "< 10 s", "%.2f s", func(s *size) float64 { return s.status.took.Seconds() })
	row("its peak memory", "< 400 MB", "%.0f MB", func(s *size) float64 { return megabytes(s.status.peak) })
	row("resume of a finished run", "", "%.2f s", func(s *size) float64 { return s.finished.took.Seconds() })
	row("resume of a killed run, until it sends", "< 20 s", "%.2f s", func(s *size) float64 { return s.first.Seconds() })
	row("users left to it", "", "%.0f", func(s *size) float64 { return float64(s.open) })
	row("its peak memory", "< 400 MB", "%.0f MB", func(s *size) float64 { return megabytes(s.killed.peak) })
	w.Flush()
}

func micros(d time.Duration, users int) float64 { return d.Seconds() * 1e6 / float64(users) }

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// countLines counts those of all views of a run, a piece at a time.
func countLines(run string) (lines int64, err error) {
	for _, name := range viewNames {
		if !strings.HasSuffix(name, ".csv") {
			continue
		}
		f, err := os.Open(filepath.Join(run, name))
		if err != nil {
			return 0, err
		}
		c := &lineCounter{}
		_, err = io.Copy(c, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return 0, err
		}
		lines += c.lines
	}
	return lines, nil
}

type lineCounter struct{ lines int64 }

func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += int64(bytes.Count(b, []byte("\n")))
	return len(b), nil
}
