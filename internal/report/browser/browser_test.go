package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var (
	shots  = flag.String("shots", "", "folder for screenshots, to be looked at")
	report = flag.String("report", "", "with -shots: another report to take them of")
)

// browser returns the context of a Chromium, or skips the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// trouble is what a page must not do.
type trouble struct {
	sync.Mutex
	list []string
}

func (t *trouble) add(format string, args ...any) {
	t.Lock()
	defer t.Unlock()
	t.list = append(t.list, fmt.Sprintf(format, args...))
}

// watch notes every request but that for the page itself, every error of a
// script, and whatever the browser complains of.
func watch(test *testing.T, ctx context.Context, page string) *trouble {
	test.Helper()
	var t trouble
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if e.Request.URL != page && !strings.HasPrefix(e.Request.URL, "data:") {
				t.add("request: %s", e.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			t.add("exception: %v", e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			t.add("console: %s", e.Type)
		case *log.EventEntryAdded:
			t.add("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	})
	if err != nil {
		test.Fatal(err)
	}
	return &t
}

// program builds the whole program.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "offboard")
	build := exec.Command("go", "build", "-o", path, "./cmd/offboard")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// hostile are names that want to be more than names.
var hostile = []string{
	`</script><script>document.title='owned'</script>`,
	`"><img/src=x/onerror=document.title='owned'>`,
	`'-alert(1)-'`,
	"<!--<script>",
	`\u003c/script\u003e`,
	"{{.Run}}${1}`",
	"עברית.ערבית",
	"&lt;b&gt;&amp;",
	"=cmd|' /C calc'!A0",
}

// run makes a run at the simulator and returns the path of its report.
func run(t *testing.T, people int, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	var roster strings.Builder
	roster.WriteString("user\n")
	for _, user := range hostile {
		fmt.Fprintf(&roster, "\"%s\"\n", strings.ReplaceAll(user, `"`, `""`))
	}
	for i := range people - len(hostile) {
		name := "person"
		switch {
		case i%40 == 7:
			name = "fails.training"
		case i%60 == 11:
			name = "missing"
		}
		fmt.Fprintf(&roster, "%s%04d\n", name, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "roster.csv"), []byte(roster.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	offboard := program(t)
	exits := func(wanted int, args ...string) {
		cmd := exec.CommandContext(t.Context(), offboard, args...)
		cmd.Dir = dir
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != wanted {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, cmd.ProcessState.ExitCode(), wanted, out)
		}
	}
	exits(3, append([]string{"run", "roster.csv", "--simulate", "--dir", "run", "--rate", "400/s", "--burst", "400", "--quiet"}, args...)...)
	exits(0, "report", "run")
	return filepath.Join(dir, "run", "report.html")
}

// open shows a report at a width.
func open(t *testing.T, ctx context.Context, path string, width int64) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 500,
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(address(path)), chromedp.WaitReady(chromedp.CSS("#list")))
}

// prefer sets the colour scheme that the reader wants.
func prefer(t *testing.T, ctx context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask returns what an action finds.
func ask[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	found, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func address(path string) string { return "file://" + filepath.ToSlash(path) }
