package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tenant is `offboard simulate` at work.
type tenant struct {
	process *process
	url     string
	log     string // the access log
}

// tenant starts one that knows count people, with its files in dir.
func (l *lab) tenant(dir string, count int, args ...string) (*tenant, error) {
	t := &tenant{log: filepath.Join(dir, "access.jsonl")}
	said := filepath.Join(dir, "tenant.txt")
	f, err := os.Create(said)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	args = append([]string{"simulate", "--listen", "127.0.0.1:0", "--count", strconv.Itoa(count)}, args...)
	if t.process, err = l.launch(f, l.server, args...); err != nil {
		return nil, err
	}
	if err := l.poll("the address of the tenant", func() bool { return t.process.over() || t.read(said) }); err != nil {
		t.stop()
		return nil, err
	}
	if t.url == "" {
		return nil, fmt.Errorf("the tenant has ended: %s", t.process.wait())
	}
	return t, nil
}

// logged is a tenant with an access log.
func (l *lab) logged(dir string, count int, args ...string) (*tenant, error) {
	return l.tenant(dir, count, append(args, "--log", filepath.Join(dir, "access.jsonl"))...)
}

// read finds the address in what the tenant has said.
func (t *tenant) read(said string) bool {
	b, _ := os.ReadFile(said)
	rest, ok := strings.CutPrefix(string(b), "url")
	if !ok || !strings.Contains(rest, "\nstop") {
		return false
	}
	t.url = strings.Fields(rest)[0]
	return true
}

// close has the rest of the log written.
func (t *tenant) close() error {
	t.process.signal(os.Interrupt)
	if e := t.process.wait(); e.code != 0 {
		return fmt.Errorf("the tenant: %s", e)
	}
	return nil
}

// stop is for the way out.
func (t *tenant) stop() {
	t.process.cancel()
	t.process.wait()
}
