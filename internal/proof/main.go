// Command proof shows that the program keeps its promises: it drives the real
// binary against `offboard simulate` over real sockets, disturbs it at random
// instants, and judges by what is on disk and by what the tenant has seen.
//
// The judge shares no code with the program: it reads journals, logs and views
// by their description alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// options are the sizes of a case; zero takes the case's own.
type options struct {
	users   int
	cycles  int
	seconds int
	burst   int
	rates   string
}

func run(ctx context.Context, args []string, out io.Writer) int {
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	flags.SetOutput(out)
	var o options
	flags.IntVar(&o.users, "users", 0, "people in the roster (default by case)")
	flags.IntVar(&o.cycles, "cycles", 0, "disturbances, or rounds (default by case)")
	flags.IntVar(&o.seconds, "seconds", 0, "length of each rate, of an outage or of the soak (default by case)")
	flags.IntVar(&o.burst, "burst", 0, "of each rate (default the program's own)")
	flags.StringVar(&o.rates, "rates", "", "rates per second, such as 1,10,500")
	seed := flags.Uint64("seed", rand.Uint64N(1_000_000), "of the random choices; instants are never quite the same")
	keep := flags.Bool("keep", false, "keep the folder of a case that went well too")
	flags.Usage = func() { usage(out, flags) }
	name, rest := "", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, rest = args[0], args[1:]
	}
	err := flags.Parse(rest)
	chosen := choose(name)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil || len(chosen) == 0 || flags.NArg() > 0 {
		usage(out, flags)
		return 2
	}
	fmt.Fprintf(out, "seed %d\n", *seed)
	l, err := newLab(ctx, "", *seed, out)
	if err != nil {
		fmt.Fprintf(out, "proof: error: %v\n", err)
		return 1
	}
	good := l.prove(chosen, o)
	if good && !*keep {
		os.RemoveAll(l.dir)
	} else {
		fmt.Fprintf(out, "kept: %s\n", l.dir)
	}
	if !good {
		return 1
	}
	return 0
}

// prove runs the cases and prints their table.
func (l *lab) prove(cases []trial, o options) bool {
	var all []*verdict
	for _, c := range cases {
		began := time.Now()
		found := c.run(l, o.or(c.sizes))
		all = append(all, found...)
		fmt.Fprintf(l.out, "%s: %s\n", c.name, time.Since(began).Round(time.Second))
	}
	printTable(l.out, all)
	for _, v := range all {
		if !v.good() {
			return false
		}
	}
	return l.ctx.Err() == nil
}

func (o options) or(d options) options {
	if o.users > 0 {
		d.users = o.users
	}
	if o.cycles > 0 {
		d.cycles = o.cycles
	}
	if o.seconds > 0 {
		d.seconds = o.seconds
	}
	if o.burst > 0 {
		d.burst = o.burst
	}
	if o.rates != "" {
		d.rates = o.rates
	}
	return d
}

func usage(out io.Writer, flags *flag.FlagSet) {
	fmt.Fprintln(out, "usage: go run ./internal/proof CASE [flags]")
	for _, c := range trials {
		fmt.Fprintf(out, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprintln(out, "  all        every case above\n  short      every case above, small")
	flags.PrintDefaults()
}
