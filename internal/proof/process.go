package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Nothing that is started here may outlive limit.
const limit = time.Hour

// process is the program at work, or another one.
type process struct {
	cmd    *exec.Cmd
	ctx    context.Context
	cancel context.CancelFunc
	out    bytes.Buffer
	err    bytes.Buffer
	began  time.Time
	done   chan struct{} // closed when it has ended
	ended  ended         // valid after that
}

// ended is how a process ended.
type ended struct {
	code   int // -1: by a signal
	stdout string
	stderr string
	began  time.Time
	took   time.Duration
	peak   int64 // bytes of memory
	cpu    time.Duration
}

func (e ended) String() string {
	return fmt.Sprintf("exit code %d: %s", e.code, strings.TrimSpace(e.stderr))
}

// start begins `offboard ARGS`.
func (l *lab) start(args ...string) (*process, error) { return l.launch(nil, l.offboard, args...) }

// launch begins any program. Its stdout goes to a file, or is kept.
func (l *lab) launch(out *os.File, program string, args ...string) (*process, error) {
	p := &process{done: make(chan struct{})}
	p.ctx, p.cancel = context.WithTimeout(l.ctx, limit)
	p.cmd = exec.CommandContext(p.ctx, program, args...)
	p.cmd.Dir = l.dir
	p.cmd.Env = environment()
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if out != nil {
		p.cmd.Stdout = out
	}
	p.cmd.WaitDelay = 10 * time.Second
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		p.cancel()
		return nil, err
	}
	go p.watch()
	return p, nil
}

func (p *process) watch() {
	defer close(p.done)
	defer p.cancel()
	err := p.cmd.Wait()
	p.ended = ended{stdout: p.out.String(), stderr: p.err.String(), began: p.began, took: time.Since(p.began)}
	p.ended.code = p.cmd.ProcessState.ExitCode()
	p.ended.peak = peak(p.cmd.ProcessState)
	p.ended.cpu = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.ended.stderr += err.Error()
	}
	if p.ctx.Err() != nil {
		p.ended.stderr += " (cut short: " + p.ctx.Err().Error() + ")"
	}
}

// signal may come too late, which is not an error here.
func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

func (p *process) wait() ended {
	<-p.done
	return p.ended
}

// waitFor returns whether the process has ended by itself within d.
func (p *process) waitFor(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
		return p.over()
	}
}

func (p *process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// call runs the program to its end.
func (l *lab) call(args ...string) (ended, error) {
	p, err := l.start(args...)
	if err != nil {
		return ended{}, err
	}
	return p.wait(), nil
}

// environment is this process's own without the program's settings.
func environment() []string {
	// The cases count deactivations; the look before them is a case of its own.
	env := []string{"OFFBOARD_TOKEN=practice", "OFFBOARD_NO_LOOKUP=true"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "OFFBOARD_") {
			env = append(env, kv)
		}
	}
	return env
}

// poll asks until it holds, or gives up.
func (l *lab) poll(what string, holds func() bool) error {
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if l.ctx.Err() != nil {
			return l.ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}
