package licences

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write licences.txt anew")

// TestText compares the text with the files of the modules that are linked, on
// any system.
func TestText(t *testing.T) {
	linked := make(map[string]string) // folder by module
	for _, system := range []string{"linux", "darwin", "windows"} {
		list(t, system, linked)
	}
	var want bytes.Buffer
	of := make(map[string][]string) // modules by licence
	for _, module := range slices.Sorted(maps.Keys(linked)) {
		text := licence(t, linked[module])
		of[text] = append(of[text], module)
		if strings.HasPrefix(module, "golang.org/x/sys ") { // it is that of Go itself
			of[text] = append(of[text], "the Go runtime and standard library")
		}
	}
	for _, text := range slices.SortedFunc(maps.Keys(of), func(a, b string) int { return strings.Compare(of[a][0], of[b][0]) }) {
		fmt.Fprintf(&want, "%s\n\n%s\n\n\n", strings.Join(of[text], "\n"), text)
	}
	if *update {
		if err := os.WriteFile("licences.txt", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if Text != want.String() {
		t.Error("licences.txt is not that of the linked modules: go test ./internal/licences -update")
	}
}

// list adds the modules that are linked into the program for a system.
func list(t *testing.T, system string, linked map[string]string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "../../cmd/offboard")
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	for line := range strings.Lines(string(out)) {
		if module, folder, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			linked[module] = folder
		}
	}
	if len(linked) < 10 {
		t.Fatalf("only %d modules are linked: %v", len(linked), linked)
	}
}

// licence is the text of a module's licence and of its notice, if it has one.
func licence(t *testing.T, folder string) string {
	t.Helper()
	var texts []string
	for _, pattern := range []string{"LICENSE*", "NOTICE*"} {
		files, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(b), "\r\n", "\n")
			texts = append(texts, strings.TrimSpace(text))
		}
	}
	if len(texts) == 0 {
		t.Errorf("%s has no licence", folder)
	}
	return strings.Join(texts, "\n\n")
}
