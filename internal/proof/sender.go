package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// sender sends a PUT for each of users.
type sender struct {
	name    string
	users   int
	program string
	args    []string
	good    func(ended) (int, error) // how many were answered with HTTP 200
	writes  string                   // what it leaves behind, removed after each round
	journal string                   // the program's own
	figures
}

// senders are all that take part.
type senders struct {
	offboard, loop, vegeta, limit *sender
	curl                          *sender // nil: not on this machine
}

func (s *senders) all() []*sender {
	all := []*sender{s.loop, s.offboard, s.vegeta, s.limit}
	if s.curl != nil {
		all = append(all, s.curl)
	}
	return all
}

// The headers that all send.
var headers = []string{
	"Accept: application/vnd.netex.nlc-api+json",
	"X-Cloud-Auth-Token: practice",
	"X-Cloud-Synchronization: synchronous",
}

// senders builds all of them, and writes their lists of users into dir.
func (l *lab) senders(v *verdict, dir, tenant string, users int) (*senders, error) {
	var s senders
	var err error
	if s.offboard, err = l.offboardSender(dir, tenant, users); err != nil {
		return nil, err
	}
	if s.loop, err = l.loopSender("bare net/http loop", tenant, users); err != nil {
		return nil, err
	}
	if s.limit, err = l.loopSender("tenant at its limit", tenant, users, "-depth", "64"); err != nil {
		return nil, err
	}
	if s.vegeta, err = l.vegetaSender(dir, tenant, users); err != nil {
		return nil, err
	}
	for _, program := range []string{"sh", "xargs", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			v.note("without curl: %v", err)
			return &s, nil
		}
	}
	s.curl, err = curlSender(dir, tenant, max(1, users/100))
	return &s, err
}

func (l *lab) offboardSender(dir, tenant string, users int) (*sender, error) {
	roster, run := filepath.Join(dir, "roster.csv"), filepath.Join(dir, "run")
	return &sender{
		name:    "offboard run",
		users:   users,
		program: l.offboard,
		args: []string{
			"run", roster, "--dir", run, "--base-url", tenant, "--yes", "--quiet", "--json",
			"--rate", "unlimited", "--concurrency", connections,
		},
		good: func(e ended) (int, error) {
			var s standing
			err := json.Unmarshal([]byte(e.stdout), &s)
			return s.Users["done"], err
		},
		writes:  run,
		journal: journalOf(run),
	}, longRoster(roster, users)
}

func (l *lab) loopSender(name, tenant string, users int, args ...string) (*sender, error) {
	program, err := l.build("loop", "github.com/offboard-cli/offboard/internal/proof/loop")
	return &sender{
		name:    name,
		users:   users,
		program: program,
		args:    append([]string{"-url", tenant, "-users", strconv.Itoa(users), "-workers", connections}, args...),
		good:    func(e ended) (int, error) { return strconv.Atoi(strings.TrimSpace(e.stdout)) },
	}, err
}

// vegetaSender reads its targets as it goes: vegeta then ends with the last
// one, and is faster than when it reads them all first.
func (l *lab) vegetaSender(dir, tenant string, users int) (*sender, error) {
	program, err := l.tool("vegeta", "github.com/tsenart/vegeta/v12")
	if err != nil {
		return nil, err
	}
	targets, results := filepath.Join(dir, "targets.txt"), filepath.Join(dir, "vegeta.bin")
	args := []string{
		"attack", "-lazy", "-targets", targets, "-output", results, "-rate", "0",
		"-workers", connections, "-max-workers", connections, "-connections", connections, "-max-connections", connections,
	}
	for _, h := range headers {
		args = append(args, "-header", h)
	}
	return &sender{
		name:    "vegeta attack",
		users:   users,
		program: program,
		args:    args,
		good:    func(ended) (int, error) { return l.vegetaReport(program, results) },
		writes:  results,
	}, urls(targets, "PUT %s\n\n", tenant, users)
}

func (l *lab) vegetaReport(program, results string) (int, error) {
	p, err := l.launch(nil, program, "report", "-type", "json", results)
	if err != nil {
		return 0, err
	}
	var report struct {
		Codes map[string]int `json:"status_codes"`
	}
	err = json.Unmarshal([]byte(p.wait().stdout), &report)
	return report.Codes["200"], err
}

func curlSender(dir, tenant string, users int) (*sender, error) {
	list := filepath.Join(dir, "urls.txt")
	args := []string{
		"-c", `exec xargs "$@" < "$0"`, list, "-P", connections, "-n", "1",
		"curl", "--silent", "--output", os.DevNull, "--write-out", `%{http_code}\n`, "--request", "PUT",
	}
	for _, h := range headers {
		args = append(args, "--header", h)
	}
	return &sender{
		name:    "xargs curl",
		users:   users,
		program: "sh",
		args:    args,
		good:    func(e ended) (int, error) { return strings.Count(e.stdout, "200\n"), nil },
	}, urls(list, "%s\n", tenant, users)
}
