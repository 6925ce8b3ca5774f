//go:build !windows

package cli

import (
	"context"
	"os/exec"
	"syscall"
)

// shell runs a command line of the operator's.
func shell(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "sh", "-c", line)
}

// detach has all that a command starts end with it when its time is over, and
// not when the terminal interrupts this program.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
