package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// holding is what a process holds at a time.
type holding struct {
	after   time.Duration
	memory  int64 // bytes of it in use
	files   int
	threads int
}

// observe samples the process for a time.
func (p *process) observe(length time.Duration) (all []holding) {
	every := max(length/60, 200*time.Millisecond)
	for time.Since(p.began) < length && !p.waitFor(every) {
		if h, err := p.holds(); err == nil {
			all = append(all, h)
		}
	}
	return all
}

func (p *process) holds() (h holding, err error) {
	proc := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
	h.after = time.Since(p.began)
	files, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		return h, err
	}
	h.files = len(files)
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	for line := range strings.Lines(string(status)) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case words[0] == "VmRSS:":
			h.memory, err = strconv.ParseInt(words[1], 10, 64)
			h.memory *= 1024
		case words[0] == "Threads:":
			h.threads, err = strconv.Atoi(words[1])
		}
	}
	return h, err
}

// judgeHoldings compares the first third with the last one, when there are
// enough samples to tell. Memory may grow by the few bytes that a row takes.
func (v *verdict) judgeHoldings(l *lab, all []holding, goroutines int) {
	if len(all) == 0 {
		v.note("what it holds is not seen: the program closes /proc to all but root")
	}
	w := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "after\tmemory\tfiles\tthreads\t")
	for i, h := range all {
		if i%3 == 0 || i == len(all)-1 {
			fmt.Fprintf(w, "%s\t%.0f MB\t%d\t%d\t\n", h.after.Round(time.Second), megabytes(h.memory), h.files, h.threads)
		}
	}
	w.Flush()
	v.note("%d goroutines at the end, of %d workers", goroutines, soakWorkers)
	// A worker's connection has two of its own, and an attempt under way a few.
	if goroutines == 0 || goroutines > 6*soakWorkers {
		v.fault("%d goroutines", goroutines)
	}
	third := len(all) / 3
	if third < 5 {
		return
	}
	first, last := median(all[:third]), median(all[len(all)-third:])
	v.note("first third: %.0f MB, %d files, %d threads; last third: %.0f MB, %d files, %d threads",
		megabytes(first.memory), first.files, first.threads, megabytes(last.memory), last.files, last.threads)
	if last.memory > first.memory*11/10+4*int64(v.users) {
		v.fault("memory grows")
	}
	if last.files > first.files*12/10+16 || last.threads > first.threads+8 {
		v.fault("files or threads grow")
	}
}

func median(all []holding) holding {
	middle := func(of func(holding) int64) int64 {
		var values []int64
		for _, h := range all {
			values = append(values, of(h))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return holding{
		memory:  middle(func(h holding) int64 { return h.memory }),
		files:   int(middle(func(h holding) int64 { return int64(h.files) })),
		threads: int(middle(func(h holding) int64 { return int64(h.threads) })),
	}
}
