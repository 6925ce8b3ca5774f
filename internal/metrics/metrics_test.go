package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/offboard-cli/offboard/internal/journal"
)

// TestBounded: a tenant that makes up platforms and statuses fills no memory.
// Whoever works meanwhile counts on.
func TestBounded(t *testing.T) {
	m := New("https://t.example", "r", "run")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 500 {
				m.Record(journal.Entry{Kind: journal.KindAnswer, Answer: &journal.Answer{
					HTTPStatus: 200, Attempts: 2,
					Platforms: []journal.Platform{{Name: fmt.Sprint("p\xff", w, i), Status: i}},
				}})
				m.Attempt(journal.ActionDeactivate, i, time.Second)
			}
		})
	}
	wg.Wait()
	if n := testutil.CollectAndCount(m.answers); n > (most+1)*(most+1) {
		t.Errorf("%d series of answers", n)
	}
	if n := testutil.CollectAndCount(m.attempts); n != most+1 {
		t.Errorf("%d series of attempts, want %d", n, most+1)
	}
	if got := testutil.ToFloat64(m.retries); got != 2000 {
		t.Errorf("%v retries, want 2000", got)
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestRecall takes over what was well, and nothing from a file of others.
func TestRecall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.prom")
	written := func(exit int, command string) string {
		t.Helper()
		m := New("https://t.example", "r", command)
		if err := m.Recall(path); err != nil {
			t.Fatal(err)
		}
		m.End(exit)
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, lastName) {
				found = append(found, line)
			}
		}
		return strings.Join(found, "")
	}
	if got := written(3, "run"); got != "" {
		t.Errorf("after a failure: %q", got)
	}
	well := written(0, "run")
	if !strings.HasPrefix(well, lastName+`{command="run",tenant="https://t.example"} `) {
		t.Errorf("after a success: %q", well)
	}
	if got := written(6, "check"); got != well {
		t.Errorf("another command has failed: got %q, want %q", got, well)
	}
	for _, foreign := range []string{"not a metric {{{\n", "# TYPE " + lastName + " gauge\n" + lastName + "{host=\"a\"} 1\n"} {
		if err := os.WriteFile(path, []byte(foreign), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := written(3, "run"); got != "" {
			t.Errorf("after %q: %q", foreign, got)
		}
	}
}
