package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal with a screen at its far end.
type terminal struct {
	t       *testing.T
	mu      sync.Mutex
	screen  screen
	far     *os.File // the terminal's own end
	near    *os.File // the program's
	reading sync.WaitGroup
}

func openTerminal(t *testing.T, width int) *terminal {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	term := &terminal{t: t, screen: screen{width: width}, far: os.NewFile(uintptr(fd), "ptmx")}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	term.near, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term.setSize(width)
	term.reading.Go(term.read)
	return term
}

func (term *terminal) setSize(width int) {
	size := unix.Winsize{Row: 24, Col: uint16(width)}
	if err := unix.IoctlSetWinsize(int(term.far.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		term.t.Error(err)
	}
}

// read ends when nobody holds the near end open.
func (term *terminal) read() {
	p := make([]byte, 4096)
	for {
		n, err := term.far.Read(p)
		if err != nil {
			return
		}
		term.mu.Lock()
		term.screen.Write(p[:n])
		term.mu.Unlock()
	}
}

// waitFor polls until the screen is as wanted; what was seen is still true
// when act runs.
func (term *terminal) waitFor(what string, seen func(*screen) bool, act func()) {
	term.t.Helper()
	for range 2000 {
		term.mu.Lock()
		if seen(&term.screen) {
			act()
			term.mu.Unlock()
			return
		}
		term.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	term.t.Fatalf("never seen: %s, but:\n%s", what, term.screen.text())
}

func (term *terminal) close() {
	term.near.Close()
	term.reading.Wait()
	term.far.Close()
}

// wantOnly checks that the log's lines are all that is left.
func (term *terminal) wantOnly(log string) {
	term.t.Helper()
	if got := term.screen.text(); got != log {
		term.t.Errorf("left on the screen:\n%s\nwant:\n%s", got, log)
	}
	if term.screen.x != 0 {
		term.t.Errorf("the cursor is in column %d", term.screen.x)
	}
}

func hasBar(s *screen) bool {
	return strings.Contains(string(s.at(s.y).cells), "of 10,000: ") && s.x == 0
}

func nothing() {}

func TestBarOnTerminal(t *testing.T) {
	env := func(name string) string { return map[string]string{"TERM": "xterm"}[name] }
	for _, width := range []int{40, 79, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, width)
			c := counter(10_000, 1200, 40, 10)
			d := Start(term.near, c, ModeFor(term.near, false, env))

			log := ""
			for i := range 20 {
				line := fmt.Sprintf("level=WARN msg=%q user=%d", strings.Repeat("x", 5*i), i)
				fmt.Fprintln(d, line)
				log += line + "\n"
				c.Add(i%3, 100)
				term.waitFor("the bar under the line", func(s *screen) bool {
					return strings.Contains(s.text(), line+"\n") && hasBar(s)
				}, nothing)
				if i%5 == 0 {
					io.WriteString(term.far, "\x03")
					term.waitFor("the echo", func(s *screen) bool { return s.echoes == i/5+1 }, nothing)
				}
			}
			if term.screen.frames < 20 {
				t.Errorf("got %d frames", term.screen.frames)
			}
			d.Stop()
			d.Stop()
			term.close()
			term.wantOnly(log)
		})
	}
}

func TestBarResized(t *testing.T) {
	resizers := map[string]func(*screen, int){"crop": (*screen).crop, "reflow": (*screen).reflow}
	for name, resize := range resizers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, 200)
			d := Start(term.near, counter(10_000, 1200, 40, 10), Bar)
			fmt.Fprintln(d, "a log line")
			for _, width := range []int{60, 40, 200, 79, 80, 30, 120} {
				frames := 0
				term.waitFor("the bar", hasBar, func() {
					term.setSize(width)
					resize(&term.screen, width)
					frames = term.screen.frames
				})
				// the first may still have been made for the old width
				d.redraw <- struct{}{}
				d.redraw <- struct{}{}
				term.waitFor("a new frame", func(s *screen) bool { return s.frames >= frames+2 && hasBar(s) }, func() {
					if got := len(term.screen.rows); got != 2 {
						t.Errorf("%d columns: got %d rows:\n%s", width, got, term.screen.text())
					}
				})
			}
			d.Stop()
			term.close()
			term.wantOnly("a log line\n")
		})
	}
}

func TestModeForTerminal(t *testing.T) {
	term := openTerminal(t, 80)
	defer term.close()
	for _, tt := range []struct {
		env  map[string]string
		want Mode
	}{
		{map[string]string{"TERM": "xterm-256color", "NO_COLOR": "1"}, Bar},
		{map[string]string{"TERM": "dumb"}, Lines},
		{map[string]string{"TERM": "xterm", "CI": "true"}, Lines},
	} {
		if got := ModeFor(term.near, false, func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.env, got, tt.want)
		}
	}
}
