package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestShots takes the screenshots that a change of the page is looked at by:
// go test -run Shots -shots FOLDER [-report FILE].
func TestShots(t *testing.T) {
	if *shots == "" {
		t.Skip("-shots names no folder")
	}
	path := *report
	if path == "" {
		path = run(t, 300, "--async")
	}
	ctx := browser(t)
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(*shots, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		prefer(t, ctx, scheme)
		for _, width := range []int64{360, 800, 1400} {
			open(t, ctx, path, width)
			write(fmt.Sprintf("%s-%d.png", scheme, width), ask(t, ctx, chromedp.FullScreenshot(100)))
		}
	}
	open(t, ctx, path, 1000)
	write("paper.pdf", printed(t, ctx))
}
