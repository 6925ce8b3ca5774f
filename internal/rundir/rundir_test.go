package rundir

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

func create(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultPath(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 5, 0, time.FixedZone("", 3600))
	for roster, want := range map[string]string{
		"leavers.csv":               "20261124T090005Z-leavers",
		"/a/b/Bajas año 2026.csv":   "20261124T090005Z-Bajas-año-2026",
		"../../../etc/passwd":       "20261124T090005Z-passwd",
		"..":                        "20261124T090005Z-roster",
		"..csv":                     "20261124T090005Z-roster",
		"../../x.csv":               "20261124T090005Z-x",
		`..\..\x.csv`:               "20261124T090005Z-x",
		"a\nb\x1b[31m\u202E.csv":    "20261124T090005Z-a-b--31m",
		"--rf.csv":                  "20261124T090005Z-rf",
		"a;rm -rf $HOME`x`\n.csv":   "20261124T090005Z-a-rm--rf--HOME-x",
		strings.Repeat("/", 3):      "20261124T090005Z-roster",
		"stdin":                     "20261124T090005Z-stdin",
		strings.Repeat("ñ", 150):    "20261124T090005Z-" + strings.Repeat("ñ", 100),
		"leavers.final.version.csv": "20261124T090005Z-leavers.final.version",
	} {
		got := DefaultPath(roster, now)
		if filepath.Dir(got) != "runs" || filepath.Base(got) != want {
			t.Errorf("%q: got %s, want runs/%s", roster, got, want)
		}
	}
}

// TestFreshCannotLook: a file where the folder should be ends the search.
func TestFreshCannotLook(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs")
	touch(t, file)
	path := filepath.Join(file, "run")
	if got := Fresh(path); got != path {
		t.Errorf("got %s, want %s", got, path)
	}
	if _, err := Create(path); err == nil {
		t.Error("a folder was made in a file")
	}
}

// TestAbandonedLock: who waits for the lock of an abandoned folder does not
// get that of a file that is gone.
func TestAbandonedLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	first := create(t, path)
	waiting := flock.New(filepath.Join(path, lock))
	defer waiting.Close()
	if locked, err := waiting.TryLock(); locked || err != nil {
		t.Fatalf("locked %v, error %v", locked, err)
	}
	first.Abandon()
	second := create(t, path)
	defer second.Close()
	if locked, _ := waiting.TryLock(); locked && inPlace(waiting) {
		t.Error("two hold the lock")
	}
}

func TestFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	for _, want := range []string{path, path + "-2", path + "-3"} {
		got := Fresh(path)
		if got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if err := os.Mkdir(got, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "run")
	d := create(t, path)
	touch(t, d.File(Journal))
	var inUse *InUseError
	if _, err := Open(path); !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Errorf("a second writer: got %v, want InUseError naming process %d", err, os.Getpid())
	}
	if err := InUse(path); !errors.As(err, &inUse) {
		t.Errorf("got %v, want InUseError", err)
	}
	d.Close()
	if err := InUse(path); err != nil {
		t.Errorf("after Close: got %v, want nobody", err)
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	if _, err := Create(path); !errors.Is(err, ErrExists) {
		t.Errorf("a new run over an old one: got %v, want ErrExists", err)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no permission bits")
	}
	d := create(t, filepath.Join(t.TempDir(), "run"))
	defer d.Close()
	if _, err := d.Spool(strings.NewReader("user\nanna\n")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{d.Path(): 0o700, d.File(Input): 0o600, d.File(lock): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v (%v)", path, info.Mode().Perm(), want, err)
		}
	}
}

func TestSpool(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "run"))
	defer d.Close()
	const roster = "user\r\nanna\r\n"
	spooled, err := d.Spool(strings.NewReader(roster))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(d.File(Input)); string(b) != roster {
		t.Errorf("got %q, want it byte for byte", b)
	}
	if again, err := d.Digest(Input); err != nil || again != spooled || len(again) != 64 {
		t.Errorf("digests %q and %q differ, %v", spooled, again, err)
	}
}

// TestAbandon leaves no trace of a run that was refused, and touches nothing
// that it has not made.
func TestAbandon(t *testing.T) {
	root := t.TempDir()
	d := create(t, filepath.Join(root, "runs", "one"))
	d.Spool(strings.NewReader("x"))
	d.Abandon()
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	mine := filepath.Join(root, "mine")
	os.Mkdir(mine, 0o700)
	d = create(t, mine)
	d.Abandon()
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("a folder that was there before is gone: %v", err)
	}
}

func TestForeignFolders(t *testing.T) {
	dir := t.TempDir()
	touch(t, filepath.Join(dir, Input)) // somebody's own input.csv
	if _, err := Create(dir); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
	// What a run left that died before it began may be used again.
	touch(t, filepath.Join(dir, lock))
	touch(t, filepath.Join(dir, Journal+".new"))
	touch(t, filepath.Join(dir, "."+Input+".123.new"))
	create(t, dir).Close()
	if left, _ := os.ReadDir(dir); len(left) != 1 || left[0].Name() != lock {
		t.Errorf("%v is left of a run that died", left)
	}
	touch(t, filepath.Join(dir, "thesis.doc"))
	if _, err := Create(dir); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
}

func TestNoRun(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("looking has left %v", left)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	file := filepath.Join(dir, "file")
	touch(t, file)
	if _, err := Open(file); err == nil {
		t.Error("a file is taken for a run")
	}
}

// TestLook: a look at a run takes no lock, leaves none, and is there while
// another process has it.
func TestLook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	if _, err := Look(path); err == nil {
		t.Error("no folder: got no error")
	}
	d := create(t, path)
	defer d.Close()
	if _, err := Look(path); !errors.Is(err, ErrNoRun) {
		t.Errorf("no run: got %v, want ErrNoRun", err)
	}
	touch(t, d.File(Journal))
	look, err := Look(path)
	if err != nil {
		t.Fatal(err)
	}
	if look.File(Input) != d.File(Input) || look.Name() != d.Name() {
		t.Errorf("got %q, %q", look.File(Input), look.Name())
	}
	if err := look.Close(); err != nil {
		t.Error(err)
	}
	if InUse(path) == nil {
		t.Error("the lock is gone")
	}
}

// TestReserve: one run at a time works at a tenant from one folder of runs.
func TestReserve(t *testing.T) {
	runs := t.TempDir()
	one, two, away := create(t, filepath.Join(runs, "1")), create(t, filepath.Join(runs, "2")), create(t, filepath.Join(runs, "away", "3"))
	for _, d := range []*Dir{one, two, away} {
		defer d.Close()
	}
	const tenant = "https://acme.learningcloud.me"
	if err := one.Reserve(tenant); err != nil {
		t.Fatal(err)
	}
	var inUse *InUseError
	if err := two.Reserve(tenant); !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Errorf("got %v, want the number of this process", err)
	}
	if err := errors.Join(away.Reserve(tenant), two.Reserve(tenant+":8443")); err != nil {
		t.Errorf("another folder, another tenant: got %v", err)
	}
	one.Abandon()
	two.Close()
	again := create(t, filepath.Join(runs, "4"))
	defer again.Close()
	if err := again.Reserve(tenant); err != nil {
		t.Errorf("after it was given back: got %v", err)
	}
	left, err := filepath.Glob(filepath.Join(runs, ".offboard-acme.learningcloud.me-*.lock"))
	if err != nil || len(left) != 1 {
		t.Errorf("locks: %v, %v", left, err)
	}
}
