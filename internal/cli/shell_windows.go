package cli

import (
	"context"
	"os/exec"
	"syscall"
)

// shell runs a command line of the operator's. It is handed over as it is: cmd
// has rules for quotes of its own.
func shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /S /C "` + line + `"`}
	return cmd
}

// detach keeps the terminal's interrupts from a command.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr.CreationFlags = syscall.CREATE_NEW_PROCESS_GROUP
}
