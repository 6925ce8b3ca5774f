package progress

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := counter(10_000, 1000)
		d := Start(&out, c, Lines)
		wait := func(pause time.Duration, want string) {
			t.Helper()
			time.Sleep(pause)
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			if got := out.String(); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			out.Reset()
		}

		c.Add(0, 90)
		c.Add(1, 10)
		wait(9900*time.Millisecond, "")
		wait(200*time.Millisecond,
			"offboard: 1,100 of 10,000 users (11.0%): 1,090 done, 10 pending; 10.0/s, 14m50s left\n")

		c.Note("tenant is down, probing")
		fmt.Fprintln(d, "level=WARN msg=down")
		wait(10*time.Second, "level=WARN msg=down\n"+
			"offboard: 1,100 of 10,000 users (11.0%): 1,090 done, 10 pending; tenant is down, probing\n")

		c.Note("")
		wait(20*time.Second, ""+
			"offboard: 1,100 of 10,000 users (11.0%): 1,090 done, 10 pending; 3.3/s, 44m30s left\n"+
			"offboard: 1,100 of 10,000 users (11.0%): 1,090 done, 10 pending; 0.0/s, - left\n")

		d.Stop()
		d.Stop()
		fmt.Fprintln(d, "after")
		wait(time.Hour, "after\n")
	})
}

func TestShortRunSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := Start(&out, counter(10), Lines)
		time.Sleep(9 * time.Second)
		d.Stop()
		if out.Len() > 0 {
			t.Errorf("got %q", out.String())
		}
	})
}

func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := Start(&out, counter(10), Quiet)
		time.Sleep(time.Hour)
		fmt.Fprintln(d, "level=ERROR")
		d.Stop()
		if got := out.String(); got != "level=ERROR\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestStopNil(*testing.T) {
	var d *Display
	d.Stop()
}

func TestModeFor(t *testing.T) {
	env := func(string) string { return "" }
	if got := ModeFor(&bytes.Buffer{}, false, env); got != Lines {
		t.Errorf("no terminal: got %v, want %v", got, Lines)
	}
	if got := ModeFor(&bytes.Buffer{}, true, env); got != Quiet {
		t.Errorf("quiet: got %v, want %v", got, Quiet)
	}
}

// The bar comes back under whole lines, and stays away from a question.
func TestBarLeavesLinesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{width: 80}
		d := Start(s, counter(10), Bar)
		look := func(want ...string) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			if got := s.text(); got != strings.Join(want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
			}
		}
		const bar = "   0% ..............................  of 10: 0 done; 0.0/s, - left"

		look(bar)
		fmt.Fprint(d, "one\r\ntwo\r\n")
		look("one", "two", bar)
		fmt.Fprint(d, "sure? ")
		look("one", "two", "sure?")
		fmt.Fprint(d, "yes\r\n")
		look("one", "two", "sure? yes", bar)
		d.Stop()
		look("one", "two", "sure? yes", "")
	})
}

func TestConcurrentUse(t *testing.T) {
	for _, m := range []Mode{Quiet, Lines, Bar} {
		s := &screen{width: 80}
		c := NewCounter(4000, "off", "on", "missing")
		d := Start(s, c, m)
		var workers sync.WaitGroup
		for w := range 8 {
			workers.Go(func() {
				for i := range 500 {
					c.Add(i%3, 1)
					c.Note(fmt.Sprintf("%d requests in flight", w))
					if i%50 == 0 {
						fmt.Fprint(d, "a line\r\n")
					}
				}
			})
		}
		workers.Wait()
		d.Stop()
		if got, want := s.text(), strings.Repeat("a line\n", 80); got != want {
			t.Errorf("mode %v: got %q", m, got)
		}
		if got := c.standing().settled; got != 4000 {
			t.Errorf("mode %v: got %d settled, want 4000", m, got)
		}
	}
}

type gone struct{}

var errGone = errors.New("terminal is gone")

func (gone) Write([]byte) (int, error) { return 0, errGone }

func TestTerminalGone(t *testing.T) {
	d := Start(gone{}, counter(10), Bar)
	if _, err := fmt.Fprintln(d, "a line"); !errors.Is(err, errGone) {
		t.Errorf("got %v, want %v", err, errGone)
	}
	d.Stop()
}
