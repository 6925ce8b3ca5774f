package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/offboard-cli/offboard/internal/cli"
)

// TestRelease makes a release of what stands here, as a commit, in two places
// and under other circumstances, and looks at what came of it.
func TestRelease(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("releases are made by a Unix shell")
	}
	need(t, "git", "sh")
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "a second", "place")
	commit(t, first)
	command(t, ".", "git", "clone", "--quiet", first, second)
	line := "go run ./internal/release -o dist linux/amd64 windows/arm64"
	if runtime.GOARCH == "arm64" {
		line = strings.ReplaceAll(line, "amd64", "arm64")
	}
	command(t, first, "sh", "-c", line)
	command(t, second, "sh", "-c", "umask 077; export TZ=Asia/Tokyo LC_ALL=C GOARM64=v9.0 GOFLAGS=-buildvcs=false SOURCE_DATE_EPOCH=1; "+line)

	dist := filepath.Join(first, "dist")
	same(t, dist, filepath.Join(second, "dist"))
	t.Run("sums", func(t *testing.T) {
		need(t, "sha256sum")
		command(t, dist, "sha256sum", "--check", "--strict", "SHA256SUMS")
	})
	root := filepath.Join(t.TempDir(), "root")
	unpack(t, theOne(t, dist, "offboard_*_linux_*.tar.gz"), root)
	t.Run("program", func(t *testing.T) { checkProgram(t, root) })
	t.Run("pages", func(t *testing.T) { checkPages(t, root) })
	t.Run("zip", func(t *testing.T) { checkZip(t, theOne(t, dist, "offboard_*_windows_*.zip"), root) })
	t.Run("bill", func(t *testing.T) { checkBill(t, theOne(t, dist, "offboard_*_linux_*.cdx.json"), root) })
	t.Run("deb", func(t *testing.T) { checkDeb(t, theOne(t, dist, "offboard_*.deb"), root) })
	t.Run("unclean", func(t *testing.T) {
		os.WriteFile(filepath.Join(first, "cmd", "offboard", "extra.go"), []byte("package main\n"), 0o644)
		cmd := exec.CommandContext(t.Context(), "go", "run", "./internal/release", "-o", "other")
		cmd.Dir = first
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "cmd/offboard/extra.go") {
			t.Errorf("a file that is not of the commit is released: %v\n%s", err, out)
		}
	})
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

// command returns what a command prints, and demands that it succeeds.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain,
		"GIT_AUTHOR_NAME=A. Uthor", "GIT_AUTHOR_EMAIL=author@offboard.example", "GIT_AUTHOR_DATE=2026-11-24T10:00:00Z",
		"GIT_COMMITTER_NAME=A. Uthor", "GIT_COMMITTER_EMAIL=author@offboard.example", "GIT_COMMITTER_DATE=2026-11-24T10:00:00Z")
	out, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// commit makes a repository of the files that stand here, whether they are
// committed yet or not.
func commit(t *testing.T, dir string) {
	here := strings.TrimSpace(command(t, ".", "git", "rev-parse", "--show-toplevel"))
	for name := range strings.SplitSeq(command(t, here, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		data, err := os.ReadFile(filepath.Join(here, name))
		if name == "" || errors.Is(err, fs.ErrNotExist) { // removed, and not committed yet
			continue
		}
		info, err2 := os.Stat(filepath.Join(here, name))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		place(t, filepath.Join(dir, name), info.Mode(), data)
	}
	command(t, dir, "git", "init", "--quiet")
	command(t, dir, "git", "add", "--all")
	command(t, dir, "git", "commit", "--quiet", "--message", "a release")
	command(t, dir, "git", "tag", "v1.2.3-rc.1")
}

func place(t *testing.T, path string, mode fs.FileMode, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, mode.Perm())); err != nil {
		t.Fatal(err)
	}
}

// same demands that two folders hold the same files.
func same(t *testing.T, a, b string) {
	t.Helper()
	left, right := names(t, a), names(t, b)
	if strings.Join(left, " ") != strings.Join(right, " ") || len(left) < 6 {
		t.Fatalf("the two releases have %v and %v", left, right)
	}
	for _, name := range left {
		if !bytes.Equal(read(t, filepath.Join(a, name)), read(t, filepath.Join(b, name))) {
			t.Errorf("%s is not the same in two places", name)
		}
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// theOne is the one file of a folder that fits a pattern.
func theOne(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got %v, want one file", pattern, found)
	}
	return found[0]
}

// unpack lays the files of an archive out, without its top folder.
func unpack(t *testing.T, archive, root string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(read(t, archive)))
	if err != nil {
		t.Fatal(err)
	}
	top := strings.TrimSuffix(filepath.Base(archive), ".tar.gz") + "/"
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutPrefix(h.Name, top)
		if !ok {
			t.Errorf("%s is not below %s", h.Name, top)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		place(t, filepath.Join(root, name), fs.FileMode(h.Mode), data)
	}
}

// checkProgram runs what was built.
func checkProgram(t *testing.T, root string) {
	if runtime.GOOS != "linux" {
		t.Skip("the program is one for Linux")
	}
	program := filepath.Join(root, "offboard")
	if got := command(t, root, program, "version"); got != "offboard v1.2.3-rc.1\n" {
		t.Errorf("version: got %q", got)
	}
	for shell, name := range map[string]string{"bash": "offboard.bash", "zsh": "_offboard", "fish": "offboard.fish", "powershell": "offboard.ps1"} {
		if command(t, root, program, "completion", shell) != string(read(t, filepath.Join(root, "completions", name))) {
			t.Errorf("%s is not what 'offboard completion %s' prints", name, shell)
		}
	}
	command(t, root, program, "run", "examples/bajas-excel.csv", "--simulate", "--rate", "unlimited", "--dir", filepath.Join(t.TempDir(), "run"))
}

// checkZip demands that the archive for Windows has what the other has.
func checkZip(t *testing.T, archive, root string) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	top := strings.TrimSuffix(filepath.Base(archive), ".zip") + "/"
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, top)
		if name == "offboard.exe" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(data, read(t, filepath.Join(root, name))) {
			t.Errorf("%s differs from that of the other archive: %v", name, err)
		}
	}
	if len(z.File) < 20 || z.File[0].Name != top+"offboard.exe" {
		t.Errorf("%d files, the first %s", len(z.File), z.File[0].Name)
	}
}

// TestToolchain: the image is built by what releases are built by.
func TestToolchain(t *testing.T) {
	want := "FROM golang:" + strings.TrimPrefix(toolchain, "go") + "-"
	if !strings.Contains(string(read(t, "../../Dockerfile")), want) {
		t.Errorf("the Dockerfile has no line %s...", want)
	}
}

// TestChoose refuses a system that is not built for.
func TestChoose(t *testing.T) {
	if _, err := choose([]string{"linux/amd64", "plan9/mips"}); err == nil || !strings.Contains(err.Error(), "plan9/mips") {
		t.Errorf("got %v", err)
	}
	if all, err := choose(nil); err != nil || len(all) != 6 {
		t.Errorf("got %v, %v", all, err)
	}
}

// commandNames are the names of the manual's pages.
func commandNames() (names []string) {
	for _, c := range cli.Command("").Commands() {
		names = append(names, "offboard-"+c.Name())
	}
	return append(names, "offboard")
}
