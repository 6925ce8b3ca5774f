package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/cli"
	"github.com/offboard-cli/offboard/internal/licences"
)

// checkPages has man set every page: without a complaint, and with every word
// that the command says of itself.
func checkPages(t *testing.T, root string) {
	need(t, "man", "groff")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		got := spaceless(render(t, filepath.Join(root, "man", name+".1")))
		want := []string{name + " - " + c.Short, c.Long, c.Example}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			want = append(want, "--"+f.Name, f.Usage)
			if f.DefValue != "false" && f.DefValue != "[]" {
				want = append(want, f.DefValue)
			}
		})
		for _, w := range want {
			if !strings.Contains(got, spaceless(w)) {
				t.Errorf("%s does not say %q", name, w)
			}
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				walk(sub)
			}
		}
	}
	walk(cli.Command("v1.2.3-rc.1"))
}

// render is a page as man shows it.
func render(t *testing.T, page string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "man", "--warnings", "--encoding=UTF-8", "--local-file", page)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=1000", "MANROFFOPT=-rHY=0", "MAN_KEEP_FORMATTING=", "MANPAGER=cat", "GROFF_NO_SGR=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("man %s: %v\n%s", page, err, &stderr)
	}
	return stdout.String()
}

// spaceless drops the layout of a text.
func spaceless(s string) string {
	s = strings.NewReplacer("\u2010", "-", "\u2212", "-", "‘", "'", "’", "'", "\u00ad", "").Replace(s)
	return strings.Join(strings.Fields(s), "")
}

// checkBill judges a bill of materials by the schema of CycloneDX, and by what
// the binary says of itself.
func checkBill(t *testing.T, path, root string) {
	bill, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	if err := billSchema(t).Validate(bill); err != nil {
		t.Error(err)
	}
	var parsed struct {
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(read(t, path), &parsed); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(filepath.Join(root, "offboard"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(parsed.Components), len(info.Deps)+1; got != want {
		t.Errorf("%d components, want %d", got, want)
	}
	for _, c := range parsed.Components {
		if c.Name != "std" && !strings.Contains(licences.Text, c.Name+" "+c.Version+"\n") {
			t.Errorf("%s %s is linked in, and its licence is not handed on", c.Name, c.Version)
		}
	}
}

// billSchema is that of CycloneDX 1.6, which comes with its Go library.
func billSchema(t *testing.T) *jsonschema.Schema {
	dir := strings.TrimSpace(command(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))
	c := jsonschema.NewCompiler()
	const home = "http://cyclonedx.org/schema/"
	for name, file := range map[string]string{
		"bom-1.6.schema.json":  "bom-1.6.schema.json",
		"spdx.schema.json":     "spdx.schema.json",
		"jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, filepath.Join(dir, "schema", file))))
		if err == nil {
			err = c.AddResource(home+name, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile(home + "bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// checkDeb has Debian's own tools look at the package.
func checkDeb(t *testing.T, deb, root string) {
	need(t, "dpkg-deb")
	info := command(t, ".", "dpkg-deb", "--info", deb)
	if !strings.Contains(info, "Version: 1.2.3~rc.1\n") || !strings.Contains(info, "Maintainer: A. Uthor <author@offboard.example>\n") {
		t.Errorf("got %s", info)
	}
	for line := range strings.Lines(command(t, ".", "dpkg-deb", "--contents", deb)) {
		if fields := strings.Fields(line); fields[1] != "root/root" || fields[3] != "2026-11-24" || fields[0][8] == 'w' {
			t.Errorf("it holds %s", line)
		}
	}
	there := filepath.Join(t.TempDir(), "there")
	command(t, ".", "dpkg-deb", "--extract", deb, there)
	for at, from := range map[string]string{
		"usr/bin/offboard": "offboard",
		"usr/share/bash-completion/completions/offboard":    "completions/offboard.bash",
		"usr/share/zsh/vendor-completions/_offboard":        "completions/_offboard",
		"usr/share/fish/vendor_completions.d/offboard.fish": "completions/offboard.fish",
		"usr/share/doc/offboard/LICENCES.txt":               "LICENCES.txt",
		"usr/share/doc/offboard/examples/leavers.csv":       "examples/leavers.csv",
	} {
		if !bytes.Equal(read(t, filepath.Join(there, at)), read(t, filepath.Join(root, from))) {
			t.Errorf("%s is not %s", at, from)
		}
	}
	pages := names(t, filepath.Join(there, "usr/share/man/man1"))
	for _, want := range commandNames() {
		if !slices.Contains(pages, want+".1.gz") {
			t.Errorf("no page %s in %v", want, pages)
		}
	}
	t.Run("lintian", func(t *testing.T) {
		need(t, "lintian")
		out, err := exec.CommandContext(t.Context(), "lintian", "--fail-on=error,warning", deb).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
