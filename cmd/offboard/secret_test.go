//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

// ordinary has a command run by a user who may do no more than others, in a
// folder of their own that also has the program.
func ordinary(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	work := t.TempDir()
	program, err := exec.LookPath("offboard")
	check(t, err)
	text, err := os.ReadFile(program)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(work, "offboard"), text, 0o755))
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "PATH="+work+string(filepath.ListSeparator)+os.Getenv("PATH"), "OFFBOARD_NO_LOOKUP=true", "OFFBOARD_TOKEN="+hostileToken)
	if os.Getuid() == 0 {
		check(t, os.Chmod(filepath.Dir(work), 0o755))
		check(t, os.Chown(work, nobody, nobody))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waiting starts the program where cores may be written and crashes are told
// in full, and returns when its first request waits for an answer.
func waiting(t *testing.T, traceback string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	asked := make(chan struct{})
	addr := hostile(t, answering(func(io.Writer, string) bool {
		close(asked)
		<-t.Context().Done()
		return false
	}))
	stderr = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), "sh", "-c", `ulimit -c unlimited
		echo user,anna | tr , '\n' >leavers.csv
		exec offboard run leavers.csv --base-url "$0" --yes --dir run`, "http://"+addr)
	ordinary(t, cmd)
	cmd.Env = append(cmd.Env, "GOTRACEBACK="+traceback)
	cmd.Stderr = stderr
	check(t, cmd.Start())
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("no request")
	}
	return cmd, stderr
}

// TestTokenInProcess: what others can see of the process does not hold the
// token, and what does is not for the user's other processes either.
func TestTokenInProcess(t *testing.T) {
	cmd, _ := waiting(t, "single")
	proc := func(name string) string { return fmt.Sprintf("/proc/%d/%s", cmd.Process.Pid, name) }
	line, err := os.ReadFile(proc("cmdline"))
	check(t, err)
	if !bytes.Contains(line, []byte("leavers.csv")) || bytes.Contains(line, []byte(hostileToken)) {
		t.Errorf("the process list has %q", line)
	}
	for _, name := range []string{"environ", "mem"} {
		info, err := os.Stat(proc(name))
		check(t, err)
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, and user %d owns it", proc(name), info.Mode(), owner)
		}
	}
	limits, err := os.ReadFile(proc("limits"))
	check(t, err)
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok && strings.Join(strings.Fields(rest), " ") != "0 0 bytes" {
			t.Errorf("got %q, want no core", line)
		}
	}
}

// TestTokenInCrash: a crash tells where every goroutine is, but not the token,
// and leaves no core.
func TestTokenInCrash(t *testing.T) {
	for _, traceback := range []string{"all", "system", "crash"} {
		for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
			t.Run(fmt.Sprintf("%s/%v", traceback, signal), func(t *testing.T) {
				t.Parallel()
				cmd, stderr := waiting(t, traceback)
				check(t, cmd.Process.Signal(signal))
				_ = cmd.Wait()
				if !strings.Contains(stderr.String(), "netex.(*Client).attempt") || strings.Contains(stderr.String(), hostileToken) {
					t.Errorf("the crash tells:\n%s", stderr)
				}
				if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.CoreDump() {
					t.Errorf("%v: it has left a core", cmd.ProcessState)
				}
			})
		}
	}
}

// TestRosterFromPipe: the shell's ways to name a stream work in a process that
// has closed its /proc to others.
func TestRosterFromPipe(t *testing.T) {
	for _, roster := range []string{"-", "/dev/stdin", "/proc/self/fd/0"} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `echo user,anna | tr , '\n' | offboard run "$0" --simulate --dir run`, roster)
		ordinary(t, cmd)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", roster, err, out)
		}
	}
}
