package directory

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// list is that of a simulated tenant, read by the real client.
func list(t testing.TB, o simulator.Options, rules string) *List {
	t.Helper()
	var err error
	if o.Rules, err = simulator.ParseRules(rules); err != nil {
		t.Fatal(err)
	}
	s, err := simulator.Start("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	base, err := netex.ParseBase(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := netex.New(netex.Options{Base: base, Token: "secret", Connections: 1, Timeout: time.Minute})
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(func(ctx context.Context, start, count int) (netex.Answer, error) {
		return c.List(ctx, start, count), ctx.Err()
	})
}

// read returns the usernames, and what ended the list.
func read(t testing.TB, l *List) (names []string, err error) {
	t.Helper()
	for p, err := range l.People(t.Context()) {
		if err != nil {
			return names, err
		}
		names = append(names, p.Username)
	}
	return names, nil
}

func everybody(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("user%06d", i+1)
	}
	return names
}

// most is how many calls a list of n people may take.
func most(n int) int { return (n+netex.MaxPage-1)/netex.MaxPage + 1 }

// tenants are the ways to count.
var tenants = map[string]simulator.Options{
	"from 0":            {},
	"from 1":            {IndexBase: 1},
	"from 1, leniently": {IndexBase: 1, LenientIndex: true},
	"in the envelope":   {IndexBase: 1, Envelope: true},
}

func TestEverybodyOnce(t *testing.T) {
	for name, o := range tenants {
		for _, n := range []int{1, 2, 3, 499, 500, 501, 997, 998, 999, 1000, 1001} {
			o.Count = n
			l := list(t, o, "")
			got, err := read(t, l)
			if err != nil || !slices.Equal(got, everybody(n)) {
				t.Errorf("%s, %d people: got %d, %v", name, n, len(got), err)
			}
			if l.Calls() > most(n) {
				t.Errorf("%s, %d people: %d calls, want %d at most", name, n, l.Calls(), most(n))
			}
		}
	}
}

// A tenant that gives fewer people than it is asked for is no shorter.
func TestShortPages(t *testing.T) {
	for name, o := range tenants {
		for _, n := range []int{99, 100, 101, 198, 199, 200, 201, 10_200} {
			o.Count = n
			l := list(t, o, "action=list list=short")
			got, err := read(t, l)
			if err != nil || !slices.Equal(got, everybody(n)) {
				t.Errorf("%s, %d people: got %d, %v", name, n, len(got), err)
			}
			if pages := (n + 99) / 100; l.Calls() > pages+1 {
				t.Errorf("%s, %d people: %d calls for %d pages", name, n, l.Calls(), pages)
			}
		}
	}
}

func TestUselessLists(t *testing.T) {
	for _, tt := range []struct {
		name   string
		people int
		rules  string
		want   error
	}{
		{"nobody", 0, "", ErrEmpty},
		{"an empty first page", 700, "action=list list=empty times=1", ErrEmpty},
		{"an empty page further on", 1700, "action=list list=empty after=2 times=1", ErrGap},
		{"an index that is not understood", 700, "action=list list=repeat", ErrRepeats},
		{"the same of a small tenant", 7, "action=list list=repeat", ErrRepeats},
		{"the first page again, later", 1700, "action=list list=repeat after=3 times=1", ErrRepeats},
		{"a page that begins too late", 700, "action=list list=skip after=1 times=1", ErrGap},
		{"the same, later", 1700, "action=list list=skip after=3", ErrGap},
		{"somebody removed meanwhile", 1700, "action=list after=2 times=1 do=remove who=user000007", ErrGap},
	} {
		for name, o := range tenants {
			if o.IndexBase == 1 && tt.want == ErrGap && tt.people > 0 && !strings.Contains(tt.rules, "empty") {
				continue // one is no gap there: pages have two people in common
			}
			o.Count = tt.people
			if _, err := read(t, list(t, o, tt.rules)); !errors.Is(err, tt.want) {
				t.Errorf("%s, counted %s: got %v, want %v", tt.name, name, err, tt.want)
			}
		}
	}
}

func TestUnreadablePages(t *testing.T) {
	for rules, want := range map[string]string{
		"action=list http=503 after=2 times=1":          "page 3 of the tenant's list of people cannot be read: Service Unavailable",
		"action=list body=cut after=1":                  "page 2 of",
		"action=list body=html times=1":                 "page 1 of",
		`action=list http=403 message="no right to it"`: "page 1 of the tenant's list of people cannot be read: no right to it",
		"action=list http=400":                          "page 1 of",
	} {
		_, err := read(t, list(t, simulator.Options{Count: 2000}, rules))
		var page *PageError
		if !errors.As(err, &page) || !strings.HasPrefix(err.Error(), want) || page.Answer.Outcome != netex.Failed {
			t.Errorf("%s: got %v, want %q", rules, err, want)
		}
	}
}

// A tenant may insist on startIndex; the first index is found out then.
func TestStartIndexIsMandatory(t *testing.T) {
	for name, o := range tenants {
		o.Count = 1200
		l := list(t, o, "action=list http=400 times=1")
		if got, err := read(t, l); err != nil || !slices.Equal(got, everybody(1200)) || l.Calls() > most(1200)+2 {
			t.Errorf("%s: got %d people by %d calls, %v", name, len(got), l.Calls(), err)
		}
	}
}

// Whoever comes while the list is read, nobody is lost or doubled.
func TestPeopleComeMeanwhile(t *testing.T) {
	for name, o := range tenants {
		o.Count = 2000
		got, err := read(t, list(t, o, `
action=list after=1 times=1 do=add who=zoe
action=list after=1 times=1 do=add who=zac
action=list after=3 times=1 do=add who=zed`))
		if err != nil || !slices.Equal(got, everybody(2000)) {
			t.Errorf("%s: got %d people, %v", name, len(got), err)
		}
	}
}

func TestEndlessList(t *testing.T) {
	page := 0
	l := New(func(_ context.Context, start, count int) (netex.Answer, error) {
		a := netex.Answer{Outcome: netex.Done}
		for i := range 3 {
			a.People = append(a.People, netex.Person{ID: fmt.Sprint(2*page + i), Enabled: true})
		}
		page++
		return a, nil
	})
	if _, err := read(t, l); !errors.Is(err, ErrEndless) || l.Calls() != maxPages {
		t.Errorf("got %v after %d calls, want %v after %d", err, l.Calls(), ErrEndless, maxPages)
	}
}

func TestStoppedInTheMiddle(t *testing.T) {
	l := list(t, simulator.Options{Count: 2000}, "")
	for range l.People(t.Context()) {
		break
	}
	if l.Calls() != 1 {
		t.Errorf("%d calls for one person, want 1", l.Calls())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range l.People(ctx) {
		n++
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	}
	if n != netex.MaxPage+1 {
		t.Errorf("got %d values, want a page and an error", n)
	}
}

func TestCheaper(t *testing.T) {
	for _, tt := range []struct {
		users, people int
		want          bool
		calls         int
	}{
		{0, 3000, false, 0},
		{few - 1, 1, false, 0},
		{few, 1, true, 2},
		{few, 499, true, 2},
		{few, 500 * (few - 2), true, 2},
		{few, 500 * few, false, 2},
		{few, 500 * 2 * few, false, 2},
		{maxPages + 1, 3000, true, 1},
	} {
		for _, name := range []string{"from 0", "from 1"} {
			o := tenants[name]
			o.Count = tt.people
			l := list(t, o, "")
			got, err := l.Cheaper(t.Context(), tt.users)
			if err != nil || got != tt.want || l.Calls() != tt.calls {
				t.Errorf("%d users, %d people, %s: got %v, %v by %d calls; want %v by %d", tt.users, tt.people, name, got, err, l.Calls(), tt.want, tt.calls)
			}
			all := l.Calls() + tt.users
			if got {
				names, err := read(t, l)
				if err != nil || len(names) != tt.people {
					t.Errorf("%d users, %d people, %s: read %d, %v", tt.users, tt.people, name, len(names), err)
				}
				all = l.Calls()
				if all > most(tt.people)+1 {
					t.Errorf("%d users, %d people, %s: %d calls for the list", tt.users, tt.people, name, all)
				}
			}
			if all > tt.users+2 {
				t.Errorf("%d users, %d people, %s: %d calls together", tt.users, tt.people, name, all)
			}
		}
	}
	if _, err := list(t, simulator.Options{}, "").Cheaper(t.Context(), few); !errors.Is(err, ErrEmpty) {
		t.Errorf("nobody: got %v", err)
	}
}

// What is kept of a person does not grow with what the tenant says of them.
func TestMemory(t *testing.T) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	known := make(people)
	for i := range n {
		known.add([]netex.Person{{ID: fmt.Sprint(i), Name: strings.Repeat("x", 1000)}})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (after.HeapAlloc - before.HeapAlloc) / n; each > 64 {
		t.Errorf("%d bytes a person, want 64 at most", each)
	}
	if len(known) != n {
		t.Errorf("%d people, want %d", len(known), n)
	}
}

// BenchmarkPeople reads the list of a large tenant.
func BenchmarkPeople(b *testing.B) {
	const n = 300_000
	for b.Loop() {
		l := list(b, simulator.Options{Count: n, IndexBase: 1}, "")
		people := 0
		for _, err := range l.People(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			people++
		}
		if people != n || l.Calls() > most(n) {
			b.Fatalf("%d people by %d calls", people, l.Calls())
		}
		b.ReportMetric(float64(l.Calls()), "calls")
	}
}
