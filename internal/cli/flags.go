package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/roster"
)

// rate is attempts per second, with the notation it was given in.
type rate struct {
	perSecond float64
	text      string
}

func (r *rate) String() string { return r.text }
func (r *rate) Type() string   { return "N/s" }

// onRecord is attempts a second, 0 for no limit.
func (r *rate) onRecord() float64 {
	if r.perSecond == pace.Unlimited {
		return 0
	}
	return r.perSecond
}

func (r *rate) Set(s string) error {
	s = strings.TrimSpace(s)
	if s == "unlimited" {
		*r = rate{pace.Unlimited, s}
		return nil
	}
	number, unit, ok := strings.Cut(s, "/")
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if !ok || per == 0 {
		return errors.New("write it as 10/s, 600/m, 3600/h or unlimited")
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || n <= 0 {
		return errors.New("the number must be above 0, as in 10/s")
	}
	*r = rate{n / per, s}
	return nil
}

// count is a whole number of at least 1.
type count int

func (c *count) String() string { return strconv.Itoa(int(*c)) }
func (c *count) Type() string   { return "N" }

func (c *count) Set(s string) error { return setWhole((*int)(c), s, 1_000_000) }

// headcount is a number of people, at least 1.
type headcount int

func (h *headcount) String() string     { return strconv.Itoa(int(*h)) }
func (h *headcount) Type() string       { return "N" }
func (h *headcount) Set(s string) error { return setWhole((*int)(h), s, 1_000_000_000) }

func setWhole(to *int, s string, most int) error {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > most {
		return fmt.Errorf("it must be a whole number from 1 to %d", most)
	}
	*to = n
	return nil
}

// period is a duration above 0.
type period time.Duration

func (p *period) String() string { return time.Duration(*p).String() }
func (p *period) Type() string   { return "D" }

func (p *period) Set(s string) error {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil || d <= 0 {
		return errors.New("it must be a time above 0, such as 30s, 10m or 1h30m")
	}
	*p = period(d)
	return nil
}

// character is a single character; tab may be written \t or tab.
type character rune

func (c *character) String() string {
	if *c == 0 {
		return ""
	}
	return string(rune(*c))
}
func (c *character) Type() string { return "C" }

func (c *character) Set(s string) error {
	if s == `\t` || s == "tab" {
		s = "\t"
	}
	r, size := utf8.DecodeRuneInString(s)
	if s == "" || size != len(s) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return errors.New(`it must be one character, such as ; or \t`)
	}
	*c = character(r)
	return nil
}

// paceFlags are about how requests are sent. A run keeps them for its later
// commands.
type paceFlags struct {
	rate        rate
	burst       count
	concurrency count
	timeout     period
	maxAttempts count
	outage      period
	drain       period
}

func (p *paceFlags) register(f *pflag.FlagSet) {
	p.rate = rate{10, "10/s"}
	p.concurrency, p.maxAttempts = 16, 5
	p.timeout, p.outage, p.drain = period(time.Minute), period(10*time.Minute), period(30*time.Second)
	f.Var(&p.rate, "rate", "HTTP attempts of the whole process, retries included: N/s, N/m, N/h or unlimited")
	f.Var(&p.burst, "burst", "attempts that may be made at once (default rate/20, at least 1)")
	f.Var(&p.concurrency, "concurrency", "requests in flight")
	f.Var(&p.timeout, "timeout", "for one attempt, not counting the wait for the rate")
	f.Var(&p.maxAttempts, "max-attempts", "attempts per user")
	f.Var(&p.outage, "outage", "how long the tenant may be down before the run stops, resumable")
	f.Var(&p.drain, "drain", "how long requests in flight may finish after an interrupt")
	f.Lookup("burst").DefValue = ""
}

// bucket is the burst in force.
func (p *paceFlags) bucket() int {
	if p.burst > 0 {
		return int(p.burst)
	}
	return int(max(1, min(p.rate.perSecond/20, 1_000_000)))
}

func (p *paceFlags) gate() *pace.Gate {
	return pace.New(pace.Options{
		Rate:   p.rate.perSecond,
		Burst:  p.bucket(),
		Outage: time.Duration(p.outage),
	})
}

// kept are the flags that a run's later commands take over.
var kept = []string{
	"rate", "burst", "concurrency", "timeout", "max-attempts", "outage", "drain", "token-file", "ca-cert", "async", "message", "yes",
	"no-lookup", "protect", "self", "include-admins", "max-users", "max-percent", "min-users", "allow-users",
	"due-column", "date-format", "due-empty", "timezone",
	"waves", "max-failures", "wave-pause", "window", "max-duration",
}

// keep returns the kept flags as they stand: those of the command line, and
// those of the environment and of the file of settings. Paths are made absolute:
// later commands may be given elsewhere.
func keep(f *pflag.FlagSet) (line, environment journal.Settings) {
	line, environment = make(journal.Settings), make(journal.Settings)
	for _, name := range kept {
		flag := f.Lookup(name)
		if flag == nil || !flag.Changed {
			continue
		}
		value := flag.Value.String()
		if value != "" && slices.Contains([]string{"token-file", "ca-cert", "protect"}, name) {
			value = absolute(value)
		}
		if typed(flag) {
			line[name] = value
		} else {
			environment[name] = value
		}
	}
	return line, environment
}

// takeOver sets the flags that were not given to what the run was made with. A
// flag of the run still comes before the environment, which it came before then;
// what the run had from its environment comes after that of now.
func takeOver(f *pflag.FlagSet, h journal.Header) error {
	for name, value := range h.Environment {
		if flag := f.Lookup(name); flag != nil && !given(flag) {
			if err := setOwn(f, flag, value); err != nil {
				return err
			}
		}
	}
	for name, value := range h.Settings {
		if flag := f.Lookup(name); flag != nil && !typed(flag) {
			if err := setOwn(f, flag, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func setOwn(f *pflag.FlagSet, flag *pflag.Flag, value string) error {
	if err := f.Set(flag.Name, value); err != nil {
		return fmt.Errorf("the run's own --%s: %w", flag.Name, flagCause(err))
	}
	comesFrom(flag, runOrigin, "the run")
	return nil
}

// rosterFlags are about the CSV.
type rosterFlags struct {
	userColumn  string
	delimiter   character
	encoding    string
	lazyQuotes  bool
	skipInvalid bool
	allowEmpty  bool
	dueFlags
}

func (r *rosterFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.userColumn, "user-column", "", "the column that holds id or username (default by name)")
	f.Var(&r.delimiter, "delimiter", "between the fields (default detected)")
	f.StringVar(&r.encoding, "encoding", "", "utf-8, utf-16, utf-16le, utf-16be or windows-1252 (default detected)")
	f.BoolVar(&r.lazyQuotes, "lazy-quotes", false, "accept quotes inside fields that are not doubled")
	f.BoolVar(&r.skipInvalid, "skip-invalid", false, "skip bad rows instead of refusing the file")
	f.BoolVar(&r.allowEmpty, "allow-empty", false, "a roster without users is fine")
	r.dueFlags.register(f)
}

func (r *rosterFlags) options(zone *time.Location) (roster.Options, error) {
	due, err := r.dueFlags.reader(zone)
	return roster.Options{
		UserColumn: r.userColumn,
		Delimiter:  rune(r.delimiter),
		Encoding:   r.encoding,
		LazyQuotes: r.lazyQuotes,
		DueColumn:  r.dueFlags.column,
		Due:        due,
	}, err
}
