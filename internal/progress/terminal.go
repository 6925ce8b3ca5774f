package progress

import (
	"io"

	"golang.org/x/term"
)

// Mode is how progress is shown.
type Mode int

const (
	Quiet Mode = iota // not at all
	Lines             // a plain line every ten seconds
	Bar               // a bar that is drawn over and over
)

// ModeFor chooses the mode for a writer: a bar needs a terminal that can erase
// a line and a person who looks at it. No mode uses colour, so NO_COLOR is
// honoured by all.
func ModeFor(w io.Writer, quiet bool, getenv func(string) string) Mode {
	if quiet {
		return Quiet
	}
	f, ok := w.(descriptor)
	if ok && getenv("TERM") != "dumb" && getenv("CI") == "" && term.IsTerminal(int(f.Fd())) && canErase(f.Fd()) {
		return Bar
	}
	return Lines
}

// descriptor is an *os.File.
type descriptor interface{ Fd() uintptr }

// columns measures the terminal anew, as people resize their windows.
func columns(w io.Writer) int {
	if f, ok := w.(descriptor); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}
