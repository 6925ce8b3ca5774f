package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run the whole program, as a process of its
// own, against its own simulator. Beside the commands of testscript they know:
//
//	exits CODE offboard ...     the program, and the exit code it must have
//	tenant FLAGS...             'offboard simulate' in the background; sets $URL
//	answers [-tls] FOLDER       a tenant that answers what the files say; sets $URL
//	release                     the answers that are held may go
//	closed                      the tenant is gone; its log is complete
//	sent METHOD USER N          so often was a user (* for all) asked for; METHOD
//	                            may be an action, such as activate
//	once [N]                    nobody was sent twice, or at most N were
//	mounted FOLDER SIZE         a file system of that size, or its new size
//	until PATTERN FILE          waits for a pattern in a file
//	summary RUN key=value...    what summary.json says; everybody else is nobody
//	json FILE path=value...     what a JSON file says, or its line: FILE:N
//	json-lines FILE             every line is a JSON object
//	lines FILE N                a file has so many lines
//	mode MODE FILE...           permission bits
//	rate N/s BURST FILE         an access log is no faster than that
//	gap MILLISECONDS FILE       the longest silence in an access log
//	absent TEXT FILE...         no file, and none in a folder, holds the text
//	lint FILE                   what promtool says of a file of metrics, if there is one

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"offboard": main,
		"exits":    exits,
	})
}

func TestScript(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts use a Unix shell and signals")
	}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		Setup:              setup,
		Condition:          condition,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"tenant":     startTenant,
			"answers":    startAnswers,
			"closed":     closeTenant,
			"release":    release,
			"sent":       sent,
			"once":       once,
			"mounted":    mounted,
			"until":      until,
			"summary":    summary,
			"json":       jsonSays,
			"lines":      lines,
			"json-lines": jsonLines,
			"mode":       mode,
			"gap":        gap,
			"rate":       rate,
			"absent":     absent,
			"lint":       lint,
		},
	})
}

// exits is the program, and a judge of its exit code.
func exits() {
	want := os.Args[1]
	os.Args = os.Args[2:]
	if got := strconv.Itoa(run()); got != want {
		fmt.Fprintf(os.Stderr, "EXIT CODE %s, want %s\n", got, want)
		os.Exit(1)
	}
}

func setup(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	// Most scripts are about the deactivations; those about the look before
	// them take this back.
	env.Setenv("OFFBOARD_NO_LOOKUP", "true")
	// The race detector would have every process wait for a second at its end.
	env.Setenv("GORACE", "atexit_sleep_ms=10")
	env.Values["stage"] = new(stage)
	return nil
}

func condition(name string) (bool, error) {
	if path, ok := strings.CutPrefix(name, "exists:"); ok {
		_, err := os.Stat(path)
		return err == nil, nil
	}
	switch name {
	case "tmpfs": // may one be mounted?
		dir, err := os.MkdirTemp("", "tmpfs")
		if err != nil {
			return false, err
		}
		defer os.Remove(dir)
		if exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run() != nil {
			return false, nil
		}
		return true, exec.Command("umount", dir).Run()
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
