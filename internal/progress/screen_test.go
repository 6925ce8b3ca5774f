package progress

import (
	"fmt"
	"strings"
	"testing"
)

// screen is a terminal that knows what the bar uses, and panics on the rest.
type screen struct {
	width  int
	rows   []row
	y, x   int
	noWrap bool
	escape string // an unfinished sequence
	frames int
	echoes int // of interrupts, as ^C
}

type row struct {
	cells []byte
	wraps bool // the next row goes on with the same line
}

func (s *screen) Write(p []byte) (int, error) {
	for _, b := range p {
		s.at(s.y)
		switch {
		case s.escape != "" || b == '\x1b':
			s.control(b)
		case b == '\r':
			s.x = 0
		case b == '\n':
			s.y++
			s.at(s.y)
		case b < ' ' || b > '~':
			panic(fmt.Sprintf("byte %q", b))
		default:
			s.put(b)
		}
	}
	return len(p), nil
}

func (s *screen) at(y int) *row {
	for len(s.rows) <= y {
		s.rows = append(s.rows, row{})
	}
	return &s.rows[y]
}

func (s *screen) put(b byte) {
	if s.x >= s.width && !s.noWrap {
		s.at(s.y).wraps = true
		s.y, s.x = s.y+1, 0
	}
	if b == '^' {
		s.echoes++
	}
	s.x = min(s.x, s.width-1)
	r := s.at(s.y)
	for len(r.cells) <= s.x {
		r.cells = append(r.cells, ' ')
	}
	r.cells[s.x] = b
	s.x++
}

func (s *screen) control(b byte) {
	s.escape += string(b)
	if last := b | 0x20; last < 'a' || last > 'z' {
		return
	}
	switch s.escape {
	case "\x1b[J":
		r := s.at(s.y)
		*r = row{cells: r.cells[:min(s.x, len(r.cells))]}
		s.rows = s.rows[:s.y+1]
	case noWrap:
		s.noWrap = true
		s.frames++
	case wrap:
		s.noWrap = false
	default:
		panic(fmt.Sprintf("sequence %q", s.escape))
	}
	s.escape = ""
}

// crop resizes as a terminal does that never wraps a line again.
func (s *screen) crop(width int) {
	s.width = width
	for i, r := range s.rows {
		s.rows[i] = row{cells: r.cells[:min(width, len(r.cells))]}
	}
	s.x = min(s.x, width-1)
}

// reflow resizes as a terminal does that wraps all lines anew and takes the
// cursor along.
func (s *screen) reflow(width int) {
	s.width = width
	var rows []row
	var line []byte
	cursor := 0
	for y, r := range s.rows {
		if y == s.y {
			cursor = len(line) + s.x
		}
		line = append(line, r.cells...)
		if r.wraps {
			continue
		}
		if s.y <= y && cursor >= 0 {
			s.y, s.x, cursor = len(rows)+cursor/width, cursor%width, -1
		}
		for len(line) > width {
			rows = append(rows, row{cells: line[:width:width], wraps: true})
			line = line[width:]
		}
		rows, line = append(rows, row{cells: line}), nil
	}
	s.rows = rows
}

// text has the lines, whole, wrapped or not, and no blanks that nobody sees.
func (s *screen) text() string {
	var b strings.Builder
	for i, r := range s.rows {
		b.Write(r.cells)
		if !r.wraps && i < len(s.rows)-1 {
			b.WriteByte('\n')
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// A frame that is on its way while the window shrinks.
func TestFrameNeverWraps(t *testing.T) {
	s := &screen{width: 60}
	text := barText(counter(10_000, 1200).standing(), 10, 200)
	for range 3 {
		s.Write([]byte(frame(text)))
		if len(s.rows) != 1 || s.x != 0 {
			t.Fatalf("got %d rows and the cursor in column %d:\n%s", len(s.rows), s.x, s.text())
		}
	}
}

// The model itself: a bar that did wrap would be noticed.
func TestScreenWraps(t *testing.T) {
	s := &screen{width: 10}
	fmt.Fprint(s, "\rtwelve chars\r")
	fmt.Fprint(s, erase)
	if s.y != 1 || string(s.rows[0].cells) != "twelve cha" {
		t.Errorf("row %d of:\n%s", s.y, s.text())
	}
}
