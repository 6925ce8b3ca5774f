package evidence_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offboard-cli/offboard/internal/cli"
	"github.com/offboard-cli/offboard/internal/evidence"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

const report = "<!doctype html>\n"

// finished is a run that has ended, and what evidence of it needs.
func finished(t *testing.T) evidence.Run {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	source := filepath.Join(t.TempDir(), "leavers.csv")
	must(t, os.WriteFile(source, []byte("user,day\nanna,2026-01-02\nmissing.person,2026-01-02\nbob,2026-01-01\n"), 0o600))
	args := []string{"run", source, "--simulate", "--dir", dir, "--due-column", "day"}
	if code := cli.Main(t.Context(), cli.Process{Args: args, Stdin: new(bytes.Buffer), Stdout: io.Discard, Stderr: io.Discard}); code != 3 {
		t.Fatalf("exit code %d, want 3", code)
	}
	look, err := rundir.Look(dir)
	must(t, err)
	record, err := journal.Verify(look.File(rundir.Journal))
	must(t, err)
	day := func(cell string) (time.Time, error) { return time.Parse(time.DateOnly, cell) }
	r, err := roster.Open(look.File(rundir.Input), "leavers.csv", roster.Options{DueColumn: "day", Due: day})
	must(t, err)
	return evidence.Run{Dir: look, Record: record, Roster: r, Report: func(w io.Writer) error {
		_, err := io.WriteString(w, report)
		return err
	}}
}

// unpacked writes the evidence of a run, and unpacks it.
func unpacked(t *testing.T, run evidence.Run) (dir string, names []string) {
	t.Helper()
	var packed bytes.Buffer
	must(t, evidence.Write(&packed, run))
	z, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	must(t, err)
	dir = t.TempDir()
	must(t, os.CopyFS(dir, z))
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return dir, names
}

func TestWrite(t *testing.T) {
	run := finished(t)
	dir, names := unpacked(t, run)
	want := "report.html journal.jsonl input.csv plan.csv results.csv pending.csv failed.csv summary.json lag.csv check.sh README.txt SHA256SUMS"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, name := range names[1:8] {
		packed, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if own, _ := os.ReadFile(run.Dir.File(name)); !bytes.Equal(packed, own) {
			t.Errorf("%s is not the run's own", name)
		}
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	must(t, err)
	for _, text := range []string{
		"SIMULATED", "rows     3\n", "chain " + run.Record.Chain, "Nothing in this run was signed.",
		"users with a due time   2\n", "of them confirmed       2\n", "within 24h0m0s          0\n", "  50 % of the confirmed within ",
	} {
		if !strings.Contains(string(readme), text) {
			t.Errorf("README.txt lacks %q:\n%s", text, readme)
		}
	}
}

// TestSameBytes: the evidence of a run is the same bytes whenever it is made.
func TestSameBytes(t *testing.T) {
	run := finished(t)
	var first, second bytes.Buffer
	must(t, evidence.Write(&first, run))
	must(t, evidence.Write(&second, run))
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the bytes differ")
	}
}

// TestCheck: what README.txt says finds every file that was altered, and a
// journal that was altered together with its digest.
func TestCheck(t *testing.T) {
	need(t, "sh", "xxd", "sha256sum")
	run := finished(t)
	dir, names := unpacked(t, run)
	said, err := exec.Command("sh", filepath.Join(dir, "check.sh")).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(said), "chain "+run.Record.Chain+"\n") {
		t.Fatalf("as it was: %v\n%s", err, said)
	}
	for _, name := range names[:len(names)-1] {
		if name != "check.sh" && check(t, dir, name, alter) == nil {
			t.Errorf("%s was altered, and nothing found", name)
		}
	}
	err = check(t, dir, "journal.jsonl", func(good []byte) []byte {
		altered := bytes.Replace(good, []byte("anna"), []byte("hans"), 1)
		sums, err := os.ReadFile(filepath.Join(dir, evidence.Manifest))
		must(t, err)
		sums = bytes.ReplaceAll(sums, digest(t, good), digest(t, altered))
		must(t, os.WriteFile(filepath.Join(dir, evidence.Manifest), sums, 0o600))
		return altered
	})
	if err == nil {
		t.Error("the journal was altered together with its digest, and nothing found")
	}
}

func alter(good []byte) []byte {
	altered := bytes.Clone(good)
	altered[len(altered)/2] ^= 1
	return altered
}

// check runs check.sh with a file altered.
func check(t *testing.T, dir, name string, alter func([]byte) []byte) error {
	t.Helper()
	path := filepath.Join(dir, name)
	good, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, alter(good), 0o600))
	found := exec.Command("sh", filepath.Join(dir, "check.sh")).Run()
	must(t, os.WriteFile(path, good, 0o600))
	return found
}

func digest(t *testing.T, text []byte) []byte {
	t.Helper()
	cmd := exec.Command("sha256sum")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	must(t, err)
	return out[:64]
}

// TestSignature: the command in README.txt finds a good signature, and one of
// something else.
func TestSignature(t *testing.T) {
	need(t, "sh", "ssh-keygen")
	for _, name := range []string{rundir.Plan, rundir.Approval} {
		t.Run(name, func(t *testing.T) { testSignature(t, name) })
	}
}

func testSignature(t *testing.T, name string) {
	run := finished(t)
	if name == rundir.Approval {
		must(t, os.WriteFile(run.Dir.File(name), []byte("a statement\n"), 0o600))
	}
	keys := t.TempDir()
	key, allowed := filepath.Join(keys, "key"), filepath.Join(keys, "allowed")
	command(t, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	command(t, "", "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "offboard-test", run.Dir.File(name))
	public, err := os.ReadFile(key + ".pub")
	must(t, err)
	must(t, os.WriteFile(allowed, append([]byte("jane "), public...), 0o600))

	dir, _ := unpacked(t, run)
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	must(t, err)
	_, line, ok := strings.Cut(string(readme), "     ssh-keygen -Y verify ")
	line, _, _ = strings.Cut(line, "\n")
	line = "ssh-keygen -Y verify " + strings.NewReplacer("ALLOWED_SIGNERS", allowed, "NAME", "jane").Replace(line)
	if !ok || !strings.Contains(line, " -n offboard-test -s "+name+".sig < "+name) {
		t.Fatalf("README.txt says %q", line)
	}
	command(t, dir, "sh", "-c", line)
	must(t, os.WriteFile(filepath.Join(dir, name), []byte("another\n"), 0o600))
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	if cmd.Run() == nil {
		t.Error("the signature is taken for one of something else")
	}
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
