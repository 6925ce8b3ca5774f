package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hookMark is in the environment of the command of --on-finish. Where it is,
// no such command is run, so that none goes on for ever.
const hookMark = "OFFBOARD_EXIT_CODE"

// hook runs the command of --on-finish. Its standard input is the summary, or
// empty when there is no run to tell of.
func (a *app) hook(end *failure) {
	m := &a.monitor
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(m.patience))
	defer cancel()
	cmd := shell(ctx, m.onFinish)
	detach(cmd)
	cmd.WaitDelay = 2 * time.Second // for what holds its output open
	cmd.Stdout, cmd.Stderr = a.Stderr, a.Stderr
	cmd.Env = append(a.withoutToken(),
		hookMark+"="+strconv.Itoa(end.code),
		"OFFBOARD_COMMAND="+m.command,
		"OFFBOARD_RUN="+m.dir,
		"OFFBOARD_ERROR="+harmless(end.text))
	var in bytes.Buffer
	if m.summary != nil {
		json.NewEncoder(&in).Encode(m.summary) // to memory: it cannot fail
	}
	cmd.Stdin = &in
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		a.log.Warn("the command of --on-finish was killed: it took too long", "on_finish_timeout", m.patience.String())
	case err != nil:
		a.log.Warn("the command of --on-finish failed", "cause", err.Error())
	}
}

// withoutToken is the environment for commands of the operator's: they have no
// business with the token, under whatever name. A short token may stand in a
// path by chance.
func (a *app) withoutToken() []string {
	const long = 16
	return slices.DeleteFunc(slices.Clone(a.Env), func(kv string) bool {
		name, value, _ := strings.Cut(kv, "=")
		return name == "OFFBOARD_TOKEN" || a.secret != "" &&
			(value == a.secret || len(a.secret) >= long && strings.Contains(value, a.secret))
	})
}

// tokenPatience is for the operator too, who may have to unlock something.
const tokenPatience = 2 * time.Minute

// printedToken is what the command of --token-command prints: its first line.
// No message repeats what it says on stdout.
func (a *app) printedToken(command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), tokenPatience)
	defer cancel()
	cmd := shell(ctx, command)
	cmd.WaitDelay = 2 * time.Second
	cmd.Env, cmd.Stderr = a.withoutToken(), a.Stderr
	if isTerminal(a.Stdin) {
		cmd.Stdin = a.Stdin
	}
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return "", usage("run it by hand to see", "--token-command: %v", err)
	}
	token, _, _ := strings.Cut(strings.TrimLeft(string(out), "\r\n"), "\n")
	return token, nil
}
