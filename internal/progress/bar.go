package progress

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/schollz/progressbar/v3"
)

// The bar leaves the cursor in its first column. A terminal that wraps its
// lines anew when it is resized takes the cursor along, so that from there
// down is the bar and nothing else. A frame that was made for a wider window
// must not wrap either. An interrupt key makes the terminal drop what it has
// not shown yet, so erasing ends a torn frame too. The blank keeps tmux from
// saving a bar in its history, as it does when all of a screen is erased.
const (
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
	erase  = "\r \x1b[J\r" + wrap
)

func frame(text string) string {
	return erase + noWrap + text + wrap + "\r"
}

var theme = progressbar.Theme{Saucer: "#", SaucerPadding: "."}

// barText is the bar's one line, in fewer columns than given: some terminals
// wrap as soon as the last one is filled.
func barText(s standing, rate float64, columns int) string {
	if s.total <= 0 {
		return cut(s.counts+"; "+pace(s, rate), columns-1)
	}
	const around = len(" 100%   ")
	words := fmt.Sprintf("of %s: %s; %s", thousands(s.total), s.counts, pace(s, rate))
	width := min(columns-1-around-uniseg.StringWidth(words), 30)
	bar := progressbar.NewOptions64(s.total,
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetTheme(theme),
		progressbar.OptionSetWidth(max(width, 0)),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(),
	)
	_ = bar.Set64(min(s.settled, s.total)) // fails only above the total
	bar.Describe(words)                    // renders
	text := strings.TrimPrefix(strings.TrimRight(bar.String(), " "), "\r")
	return cut(text, columns-1)
}

func cut(s string, columns int) string {
	used := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used += g.Width(); used > columns {
			end, _ := g.Positions()
			return s[:end]
		}
	}
	return s
}
