package cli

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/simulator"
)

// simulateFlags are those of `offboard simulate`.
type simulateFlags struct {
	listen     string
	anyAddress bool
	tokenFile  string
	people     string
	count      int
	admins     int
	off        string
	seed       uint64
	indexBase  int
	lenient    bool
	envelope   bool
	settle     time.Duration
	latency    time.Duration
	jitter     time.Duration
	limit      rate
	limitBurst int
	faults     []string
	faultFile  string
	outages    []string
	log        string
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "A netexCloud tenant on this machine, for practice and tests",
		Long: `Serve a netexCloud tenant on this machine, until interrupted. It checks every
request as the real one's documentation demands.

Without --people and --count it knows everybody, except users with "missing" in
their name; users with "fails" in their name fail on the platform training, and
those with "admin" in it are administrators.

A fault is a rule such as
  user=anna* platform=training status=503 times=2
  share=1% http=500          user=bob drop=after       user=x* body=html
  http=429 retry-after=3     method=GET delay=2s       http=302 location=https://elsewhere.example
It can spoil the list of all people, and change people behind one's back once
a request is served; after=2 spares the first two requests for a user:
  action=list list=empty     action=list list=repeat after=1
  action=list list=skip      action=list list=short (100 a page)
  user=bob action=deactivate do=activate     action=list after=2 do=remove who=carl
An outage is a time since the start, such as 10s-20s=503 or 1m-2m=drop.`,
		Example: `  offboard simulate --count 10000 --latency 20ms --log access.jsonl
  OFFBOARD_TOKEN=practice offboard run leavers.csv --base-url http://127.0.0.1:8700 --yes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.simulate(cmd.Context(), f) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (s *simulateFlags) register(f *pflag.FlagSet) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:8700", "address; port 0 takes a free one")
	f.BoolVar(&s.anyAddress, "any-address", false, "allow an address that other machines can reach")
	f.StringVar(&s.tokenFile, "token-file", "", "file with the token to demand (else OFFBOARD_TOKEN, else 'practice')")
	f.StringVar(&s.people, "people", "", "CSV with the columns id, username, name, surname, email, roles, enabled")
	f.IntVar(&s.count, "count", 0, "made-up people: user000001, user000002, ...")
	f.IntVar(&s.admins, "admins", 0, "the first so many made-up people are administrators")
	f.StringVar(&s.off, "off", "", "share of the made-up people that is off already, such as 5%")
	f.Uint64Var(&s.seed, "seed", 1, "of everything made up; the same one repeats")
	f.IntVar(&s.indexBase, "index-base", 0, "of the list's startIndex: 0 or 1")
	f.BoolVar(&s.lenient, "lenient-index", false, "take a startIndex below --index-base for it, instead of answering 400")
	f.BoolVar(&s.envelope, "envelope", false, "answer get and list inside the envelope")
	f.DurationVar(&s.settle, "settle", practiceSettle, "until an asynchronous change is in force")
	f.DurationVar(&s.latency, "latency", 0, "of every answer")
	f.DurationVar(&s.jitter, "jitter", 0, "at most this much more latency")
	f.Var(&s.limit, "limit", "its own rate limit, answering 429: N/s, N/m or N/h (default none)")
	f.IntVar(&s.limitBurst, "limit-burst", 0, "requests at once under --limit (default one second's worth)")
	f.StringArrayVar(&s.faults, "fault", nil, "a rule; may be given more than once")
	f.StringVar(&s.faultFile, "faults", "", "file of rules, one a line")
	f.StringArrayVar(&s.outages, "down", nil, "an outage; may be given more than once")
	f.StringVar(&s.log, "log", "", "access log, JSON lines")
}

// simulate serves until ctx is done.
func (a *app) simulate(ctx context.Context, f simulateFlags) error {
	o, err := a.simulatorOptions(f)
	if err != nil {
		return err
	}
	if f.log != "" {
		log, err := os.OpenFile(f.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return usage("choose a file that can be written", "--log: %v", err)
		}
		defer log.Close()
		o.Log = log
	}
	server, err := simulator.Start(f.listen, o)
	if err != nil {
		return usage("choose another --listen; port 0 takes a free one", "cannot serve: %v", err)
	}
	a.announce(server.URL(), o, a.getenv("OFFBOARD_TOKEN") != "" || f.tokenFile != "")
	<-ctx.Done()
	return server.Close()
}

func (a *app) announce(url string, o simulator.Options, secret bool) {
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	token := o.Token
	if secret {
		token = "the one you have set"
	}
	people := number(len(o.People) + o.Count)
	if o.Open {
		people = "everybody"
	}
	fmt.Fprintf(w, "url\t%s\ntoken\t%s\npeople\t%s\nstop\tCtrl-C\n", url, token, people)
	w.Flush()
}

func (a *app) simulatorOptions(f simulateFlags) (o simulator.Options, err error) {
	o = simulator.Options{
		Token:        practiceToken,
		Count:        f.count,
		Admins:       f.admins,
		Seed:         f.seed,
		IndexBase:    f.indexBase,
		LenientIndex: f.lenient,
		Envelope:     f.envelope,
		Settle:       f.settle,
		Latency:      f.latency,
		Jitter:       f.jitter,
		Rate:         f.limit.perSecond,
		Burst:        f.limitBurst,
		AnyAddress:   f.anyAddress,
	}
	o.Open = f.people == "" && f.count == 0
	o.Practice = o.Open
	if f.off != "" {
		if o.Off, err = simulator.ParseShare(f.off); err != nil {
			return o, usage("write it as 5%", "--off %q: %v", f.off, err)
		}
	}
	if f.tokenFile != "" || a.getenv("OFFBOARD_TOKEN") != "" {
		if o.Token, err = a.token(f.tokenFile, ""); err != nil {
			return o, err
		}
	}
	if o.People, err = readPeople(f.people, f.seed); err != nil {
		return o, err
	}
	if o.Rules, err = readRules(f); err != nil {
		return o, err
	}
	for _, window := range f.outages {
		more, err := simulator.ParseOutages(window)
		if err != nil {
			return o, usage("write it as 10s-20s=503 or 10s-20s=drop", "--down: %v", err)
		}
		o.Outages = append(o.Outages, more...)
	}
	return o, nil
}

func readPeople(path string, seed uint64) ([]simulator.Person, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usage("check the path", "--people: %v", err)
	}
	defer f.Close()
	people, err := simulator.ReadPeople(f, seed)
	if err != nil {
		return nil, usage("its header names some of id, username, name, surname, email, roles, enabled", "--people %s: %v", path, err)
	}
	return people, nil
}

func readRules(f simulateFlags) (rules []simulator.Rule, err error) {
	const hint = "'offboard simulate --help' shows rules"
	for _, text := range f.faults {
		more, err := simulator.ParseRules(text)
		if err != nil {
			return nil, usage(hint, "--fault %q: %v", text, err)
		}
		rules = append(rules, more...)
	}
	if f.faultFile == "" {
		return rules, nil
	}
	text, err := os.ReadFile(f.faultFile)
	if err != nil {
		return nil, usage("check the path", "--faults: %v", err)
	}
	more, err := simulator.ParseRules(string(text))
	if err != nil {
		return nil, usage(hint, "--faults %s: %v", f.faultFile, err)
	}
	return append(rules, more...), nil
}
