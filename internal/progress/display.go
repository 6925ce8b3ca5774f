package progress

import (
	"io"
	"sync"
	"time"
)

const (
	lineEvery  = 10 * time.Second
	frameEvery = 200 * time.Millisecond
)

// Display draws a counter until Stop. Everything else that goes to the same
// terminal meanwhile is written through it.
type Display struct {
	w       io.Writer
	counter *Counter
	mode    Mode
	recent  recent // of the drawing goroutine alone

	loop   sync.WaitGroup
	stop   chan struct{} // closed by Stop
	once   sync.Once
	redraw chan struct{} // Write has wiped the bar

	mu      sync.Mutex // held while writing, and for what follows
	drawn   bool       // the bar is on the screen
	midline bool       // somebody's line is not at its end
}

// Start shows the counter on w. The caller owes a Stop.
func Start(w io.Writer, c *Counter, m Mode) *Display {
	d := &Display{
		w:       w,
		counter: c,
		mode:    m,
		stop:    make(chan struct{}),
		redraw:  make(chan struct{}, 1),
	}
	d.recent.rate(time.Now(), c.standing().settled) // what it looks back on first
	switch m {
	case Bar:
		d.loop.Go(func() { d.draw(frameEvery) })
	case Lines:
		d.loop.Go(func() { d.tell(lineEvery) })
	}
	return d
}

// Stop ends the drawing, waits for it, and leaves no bar behind: a summary
// follows. It may be called twice, and on nil. Write works on.
func (d *Display) Stop() {
	if d == nil {
		return
	}
	d.once.Do(func() { close(d.stop) })
	d.loop.Wait()
}

// Write writes whole log lines above the bar. The bar stays away as long as
// a line has no end, as a question has. It is safe for concurrent use.
func (d *Display) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wipe()
	n, err := d.w.Write(p)
	if n > 0 {
		d.midline = p[n-1] != '\n'
	}
	select {
	case d.redraw <- struct{}{}:
	default:
	}
	return n, err
}

// tell writes a line every now and then.
func (d *Display) tell(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-tick.C:
		}
		s := d.counter.standing()
		d.show(plainLine(s, d.recent.rate(time.Now(), s.settled)))
	}
}

// draw redraws the bar, soon after it was wiped and every now and then.
func (d *Display) draw(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		s := d.counter.standing()
		text := barText(s, d.recent.rate(time.Now(), s.settled), columns(d.w))
		d.show(frame(text))
		select {
		case <-d.stop:
			d.mu.Lock()
			d.wipe()
			d.mu.Unlock()
			return
		case <-tick.C:
		case <-d.redraw:
		}
	}
}

// show writes text unless it would break somebody's line. A terminal that is
// gone is no reason to end a run, so errors do not matter.
func (d *Display) show(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.midline {
		return
	}
	_, _ = io.WriteString(d.w, text)
	d.drawn = d.mode == Bar
}

func (d *Display) wipe() {
	if d.drawn {
		_, _ = io.WriteString(d.w, erase)
		d.drawn = false
	}
}
