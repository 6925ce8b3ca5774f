//go:build unix

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode"
)

const hostileToken = "h0stile-s3cret-t0ken"

// hostile listens on this machine and hands every connection to serve. It
// returns its address.
func hostile(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer context.AfterFunc(t.Context(), func() { c.Close() })()
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		open.Wait()
	})
	return l.Addr().String()
}

// answering is a connection's work that reads a request at a time and lets
// answer write to it, until that breaks the connection off.
func answering(answer func(w io.Writer, user string) (keep bool)) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil || !answer(c, logged(r).User) {
				return
			}
		}
	}
}

// plain is a whole answer with that body.
func plain(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// ended is a run of the program that has come to its end.
type ended struct {
	t              *testing.T
	dir            string
	code           int
	stdout, stderr string
	process        *os.ProcessState
	took           time.Duration
}

// offboard runs the program on a roster of these users, and judges what holds
// whatever the tenant answers.
func offboard(t *testing.T, base string, users []string, flags ...string) *ended {
	t.Helper()
	work := t.TempDir()
	roster := filepath.Join(work, "leavers.csv")
	if err := os.WriteFile(roster, []byte("user\n"+strings.Join(users, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &ended{t: t, dir: filepath.Join(work, "run")}
	e.run(append([]string{"run", roster, "--base-url", base, "--yes", "--dir", e.dir, "--rate", "unlimited"}, flags...)...)
	e.judge(users)
	return e
}

func (e *ended) run(args ...string) {
	e.t.Helper()
	cmd := exec.CommandContext(e.t.Context(), "offboard", args...)
	cmd.Env = append(os.Environ(), "OFFBOARD_NO_LOOKUP=true", "OFFBOARD_TOKEN="+hostileToken, "GORACE=atexit_sleep_ms=10")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	defer time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }).Stop()
	began := time.Now()
	err := cmd.Run()
	e.took = time.Since(began)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		e.t.Fatal(err)
	}
	e.process, e.code = cmd.ProcessState, cmd.ProcessState.ExitCode()
	e.stdout, e.stderr = stdout.String(), stderr.String()
}

func (e *ended) file(name string) string {
	e.t.Helper()
	b, err := os.ReadFile(filepath.Join(e.dir, name))
	if err != nil {
		e.t.Fatalf("%v\n%s", err, e.stderr)
	}
	return string(b)
}

// judge holds the streams and the run's files against what no answer may
// change: they are whole and harmless, and nobody is lost in them.
func (e *ended) judge(users []string) {
	e.t.Helper()
	for name, text := range map[string]string{
		"stdout": e.stdout, "stderr": e.stderr, "results.csv": e.file("results.csv"),
		"pending.csv": e.file("pending.csv"), "failed.csv": e.file("failed.csv"), "summary.json": e.file("summary.json"),
	} {
		if i := strings.IndexFunc(text, alive); i >= 0 {
			e.t.Errorf("%s holds the control character %q: %q", name, text[i:i+1], text[max(0, i-80):min(len(text), i+80)])
		}
	}
	for _, name := range []string{"results.csv", "pending.csv", "failed.csv", "summary.json", "journal.jsonl"} {
		if strings.Contains(e.file(name)+e.stdout+e.stderr, hostileToken) {
			e.t.Errorf("the token is in %s, stdout or stderr", name)
		}
	}
	for line := range strings.Lines(e.stderr) {
		if !strings.HasPrefix(line, "offboard: ") && !strings.HasPrefix(line, "hint: ") && !strings.HasPrefix(line, "time=") && !json.Valid([]byte(line)) {
			e.t.Errorf("stderr has a line of nobody's: %q", line)
		}
	}
	for line := range strings.Lines(e.file("journal.jsonl")) {
		if !json.Valid([]byte(line)) || !strings.HasSuffix(line, "\n") {
			e.t.Errorf("the journal has a line that is no JSON: %.200q", line)
		}
	}
	for _, row := range e.rows("results.csv") {
		for _, cell := range []string{row["platform"], row["message"], row["location"]} {
			if first := strings.TrimSpace(cell); first != "" && strings.ContainsAny(first[:1], "=+-@") {
				e.t.Errorf("results.csv has a formula: %q", cell)
			}
		}
	}
	for _, row := range e.rows("failed.csv") {
		if first := strings.TrimSpace(row["error"]); first == "" || strings.ContainsAny(first[:1], "=+-@") {
			e.t.Errorf("failed.csv has no error or a formula: %q", row["error"])
		}
	}
	sum := 0
	for _, n := range e.users() {
		sum += n
	}
	if sum != len(users) {
		e.t.Errorf("summary.json counts %v for %d users", e.users(), len(users))
	}
}

func alive(r rune) bool { return unicode.IsControl(r) && r != '\n' }

// users are the counts of summary.json.
func (e *ended) users() map[string]int {
	e.t.Helper()
	var s struct {
		Users    map[string]int
		ExitCode *int `json:"exit_code"`
	}
	if err := json.Unmarshal([]byte(e.file("summary.json")), &s); err != nil {
		e.t.Fatal(err)
	}
	if s.ExitCode == nil || *s.ExitCode != e.code {
		e.t.Errorf("summary.json does not have exit code %d:\n%s", e.code, e.file("summary.json"))
	}
	return s.Users
}

// want holds the exit code and the users by outcome, as in "3 done=1 failed=2",
// against what the run has come to.
func (e *ended) want(standing string) {
	e.t.Helper()
	got := strconv.Itoa(e.code)
	for _, o := range []string{"done", "pending", "failed", "skipped", "unsent", "unknown"} {
		if n := e.users()[o]; n > 0 {
			got += fmt.Sprintf(" %s=%d", o, n)
		}
	}
	if got != standing {
		e.t.Errorf("got exit code and users %s, want %s\n%s\n%.4000s", got, standing, e.stderr, e.file("results.csv"))
	}
}

// rows are the lines of a view, by its columns' names.
func (e *ended) rows(name string) []map[string]string {
	e.t.Helper()
	lines, err := csv.NewReader(strings.NewReader(e.file(name))).ReadAll()
	if err != nil {
		e.t.Fatalf("%s: %v", name, err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// answers are the users' own lines of results.csv.
func (e *ended) answers() map[string]map[string]string {
	e.t.Helper()
	all := make(map[string]map[string]string)
	for _, row := range e.rows("results.csv") {
		if row["platform"] == "*" {
			all[row["user"]] = row
		}
	}
	return all
}

func people(n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("u%04d", i)
	}
	return users
}

// TestHostileSplit follows every answer by one too many, in one piece: it is
// nobody's, least of all the next user's.
func TestHostileSplit(t *testing.T) {
	for _, workers := range []string{"1", "16"} {
		t.Run(workers, func(t *testing.T) {
			t.Parallel()
			addr := hostile(t, answering(func(w io.Writer, user string) bool {
				no := plain(`{"status":404,"message":"no ` + user + `"}`)
				_, err := io.WriteString(w, no+plain(`{"status":204,"message":"too many"}`))
				return err == nil
			}))
			e := offboard(t, "http://"+addr, people(400), "--max-attempts", "3", "--concurrency", workers)
			e.want("3 failed=400")
			for user, row := range e.answers() {
				if row["message"] != "no "+user && !strings.Contains(row["message"], "it is not this user's") {
					t.Errorf("%s: %s, %q", user, row["outcome"], row["message"])
				}
			}
		})
	}
}

// documentedAnswer is the vendor's example: everybody is done.
const documentedAnswer = `{"location":null,"message":"","responsePlatforms":{"training":{"location":null,"message":null,"status":200},` +
	`"management":{"location":null,"message":null,"status":204}},"status":204}`

// TestHostileCuts cuts the answer at every byte, in the three ways in which
// its end can be told.
func TestHostileCuts(t *testing.T) {
	for name, answer := range map[string]func(body string) string{
		"length too long": func(body string) string {
			return strings.Replace(plain(documentedAnswer), documentedAnswer, body, 1)
		},
		"chunk too long": func(body string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(documentedAnswer), body)
		},
		"no length": func(body string) string { return "HTTP/1.1 200 OK\r\n\r\n" + body },
		// An empty body that is said to be empty is done, by the contract.
		"length of the cut": func(body string) string {
			return strings.Replace(plain(cmp.Or(body, "{")), "\r\n", "\r\nConnection: close\r\n", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := hostile(t, answering(func(w io.Writer, user string) bool {
				n, cut := strings.CutPrefix(user, "cut")
				if !cut {
					_, err := io.WriteString(w, plain(documentedAnswer))
					return err == nil
				}
				at, _ := strconv.Atoi(n)
				io.WriteString(w, answer(documentedAnswer[:at]))
				return false
			}))
			// Whole answers in between, for a tenant that answers nobody is down.
			var users []string
			for i := range documentedAnswer {
				users = append(users, fmt.Sprintf("cut%d", i), fmt.Sprintf("whole%d", i))
			}
			e := offboard(t, "http://"+addr, users, "--max-attempts", "1", "--concurrency", "1")
			e.want(fmt.Sprintf("3 done=%d failed=%d", len(users)/2, len(users)/2))
			for user, row := range e.answers() {
				if cut := strings.HasPrefix(user, "cut"); (row["outcome"] == "failed") != cut || (row["message"] == "") == cut {
					t.Errorf("%s: %s, %q", user, row["outcome"], row["message"])
				}
			}
		})
	}
}

// twice is an answer whose members come twice.
func twice(members string) string {
	return plain(`{"status":204,"responsePlatforms":{` + members + `}}`)
}

// TestHostileAnswers gives every user another answer that nobody should give.
func TestHostileAnswers(t *testing.T) {
	const none = "no status that can be read"
	const strange = "the answer is not one of this API"
	const broken = "" // whatever net/http calls it
	nest := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	answers := map[string]struct {
		answer, outcome, message string
		ends                     bool // the connection does, with the answer
	}{
		"html":             {plain("<!DOCTYPE html><title>Sign in</title>"), "failed", strange, false},
		"nest":             {plain(nest), "failed", strange, false},
		"nest-of-lists":    {plain(`{"status":204,"x":` + strings.Repeat("[", 100_000)), "failed", strange, false},
		"gzip":             {bomb(), "failed", strange, false},
		"nul":              {plain("{\"status\":\x00204}"), "failed", strange, false},
		"nuls":             {plain(strings.Repeat("\x00", 500)), "failed", strange, false},
		"bom":              {plain("\uFEFF{\"status\":204}"), "failed", strange, false},
		"utf-16":           {plain("{\x00\"\x00s\x00t\x00a\x00t\x00u\x00s\x00\"\x00:\x002\x000\x004\x00}\x00"), "failed", strange, false},
		"trailing":         {plain(`{"status":204} {"status":204}`), "failed", strange, false},
		"comment":          {plain(`{"status":204 /* or so */}`), "failed", strange, false},
		"many-platforms":   {twice(`"a":1` + strings.Repeat(`,"a":{"status":204}`, 40_000)), "failed", strange, false},
		"null":             {plain(`{"status":null}`), "failed", none, false},
		"absent":           {plain(`{"message":""}`), "failed", none, false},
		"huge":             {plain(`{"status":1e30}`), "failed", none, false},
		"huge-exponent":    {plain(`{"status":2e999999999}`), "failed", none, false},
		"negative":         {plain(`{"status":-204}`), "failed", none, false},
		"bool":             {plain(`{"status":true}`), "failed", none, false},
		"list":             {plain(`{"status":[204]}`), "failed", none, false},
		"object":           {plain(`{"status":{"status":204}}`), "failed", none, false},
		"fraction":         {plain(`{"status":204.5}`), "failed", none, false},
		"float":            {plain(`{"status":204.0}`), "done", "", false},
		"exponent":         {plain(`{"status":2.04e2}`), "done", "", false},
		"string":           {plain(`{"status":"204"}`), "done", "", false},
		"string-of-words":  {plain(`{"status":"204 No Content"}`), "failed", none, false},
		"invalid-utf-8":    {plain("{\"status\":404,\"message\":\"\xff\xfe caf\xe9\"}"), "failed", "\uFFFD\uFFFD caf\uFFFD", false},
		"lone-surrogate":   {plain(`{"status":404,"message":"\ud800 x"}`), "failed", "\uFFFD x", false},
		"twice-bad-good":   {twice(`"play":{"status":404,"message":"no"},"play":{"status":204}`), "failed", "", false},
		"twice-good-bad":   {twice(`"play":{"status":204},"play":{"status":404,"message":"no"}`), "failed", "", false},
		"twice-queued":     {twice(`"play":{"status":202},"play":{"status":204}`), "pending", "", false},
		"twice-500":        {twice(`"play":{"status":500},"play":{"status":204}`), "failed", "", false},
		"twice-null":       {twice(`"play":null,"play":{"status":204}`), "failed", "", false},
		"twice-bytes":      {twice("\"pl\xffy\":{\"status\":404},\"pl\xfey\":{\"status\":204}"), "failed", "", false},
		"twice-escaped":    {twice(`"play":{"status":404},"\u0070lay":{"status":204}`), "failed", "", false},
		"twice-inside":     {twice(`"play":{"status":404,"status":204}`), "failed", "", false},
		"twice-unreadable": {twice(`"play":{"status":"?","status":204}`), "failed", "", false},
		"twice-capitals":   {twice(`"play":{"status":404,"STATUS":204}`), "failed", "", false},
		"twice-generic":    {plain(`{"status":500,"responsePlatforms":{},"status":204}`), "failed", "", false},
		"twice-the-map":    {plain(`{"status":204,"responsePlatforms":{"play":{"status":404}},"responsePlatforms":{"play":{"status":204}}}`), "failed", "", false},
		"twice-map-null":   {plain(`{"status":204,"responsePlatforms":{"play":{"status":404}},"responsePlatforms":null}`), "failed", "", false},
		"length-too-long":  {strings.Replace(plain(documentedAnswer), "Length: ", "Length: 9", 1), "failed", "closed before the whole answer", true},
		"length-too-short": {"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + documentedAnswer, "failed", strange, false},
		"length-negative":  {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + documentedAnswer, "failed", broken, true},
		"length-twice":     {"HTTP/1.1 200 OK\r\nContent-Length: 14\r\nContent-Length: 3\r\n\r\n{\"status\":204}", "failed", broken, true},
		"length-and-chunk": {"HTTP/1.1 200 OK\r\nContent-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n{\"status\":204}", "failed", broken, true},
		"chunk-of-words":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{\"status\":204}", "failed", broken, true},
		"chunk-huge":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{\"status\":204}", "failed", broken, true},
		"no-end-told":      {"HTTP/1.1 200 OK\r\n\r\n", "failed", "closed before the whole answer", true},
		"no-http":          {"220 mail.example ESMTP\r\n", "failed", "malformed HTTP", true},
		"http-0.9":         {documentedAnswer, "failed", "malformed HTTP", true},
		"http-99":          {"HTTP/1.1 099 Hm\r\nContent-Length: 14\r\n\r\n{\"status\":204}", "failed", "HTTP 99", true},
		"no-colon":         {"HTTP/1.1 200 OK\r\nno \x1b[31mcolon\r\n\r\n{\"status\":204}", "failed", "malformed MIME header", true},
		"switch":           {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n{\"status\":204}", "failed", "HTTP 101", false},
		"informed":         {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + plain(documentedAnswer), "done", "", false},
		"informed-204":     {"HTTP/1.1 103 Early Hints\r\n\r\n" + "HTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n\r\n{\"status\":204}", "failed", "HTTP 404", false},
	}
	var users []string
	for name := range answers {
		users = append(users, name, name+"-whole")
	}
	addr := hostile(t, answering(func(w io.Writer, user string) bool {
		c, ok := answers[user]
		if !ok {
			c.answer = plain(documentedAnswer)
		}
		_, err := io.WriteString(w, c.answer)
		return err == nil && !c.ends
	}))
	e := offboard(t, "http://"+addr, users, "--max-attempts", "1", "--concurrency", "1", "--timeout", "20s")
	if e.code != exitFailed {
		t.Errorf("exit code %d, want %d\n%s", e.code, exitFailed, e.stderr)
	}
	errs := make(map[string]string)
	for _, row := range e.rows("failed.csv") {
		errs[row["user"]] = row["error"]
	}
	for user, row := range e.answers() {
		c, ok := answers[user]
		if !ok {
			c.outcome = "done"
		}
		if row["outcome"] != c.outcome || !strings.Contains(row["message"], c.message) {
			t.Errorf("%s: got %s, %q, want %s, %q", user, row["outcome"], row["message"], c.outcome, c.message)
		}
		if (errs[user] != "") != (c.outcome == "failed") || !strings.Contains(errs[user], c.message) {
			t.Errorf("%s: failed.csv says %q of %s", user, errs[user], c.outcome)
		}
	}
}

// bomb is an answer of half a megabyte that unpacks to 512.
func bomb() string {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	body := strings.Repeat(packed.String(), 512)
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// endless writes a piece again and again, until nobody takes it.
func endless(w io.Writer, head, piece string, most int64) {
	_, err := io.WriteString(w, head)
	block := []byte(strings.Repeat(piece, 1+1<<15/len(piece)))
	for sent := int64(0); err == nil && sent < most; sent += int64(len(block)) {
		_, err = w.Write(block)
	}
}

// TestHostileFloods sends more than anybody can hold.
func TestHostileFloods(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	const most = 2 << 30
	floods := map[string]struct{ head, piece, message string }{
		"body":    {ok + "Content-Length: 2147483648\r\n\r\n", "{", "1 MiB"},
		"chunks":  {ok + "Transfer-Encoding: chunked\r\n\r\n", "8\r\n{\"x\":[1,\r\n", "1 MiB"},
		"blanks":  {ok + "\r\n", " ", "1 MiB"},
		"headers": {ok, "X-More: and more\r\n", "headers exceeded"},
		"header":  {ok + "X-More: ", "more", "headers exceeded"},
		"status":  {"HTTP/1.1 200 ", "OK", "headers exceeded"},
		"100":     {"", "HTTP/1.1 100 Continue\r\n\r\n", "headers exceeded"},
		"102":     {"", "HTTP/1.1 102 Processing\r\n\r\n", "headers exceeded"},
		"103":     {"", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "headers exceeded"},
		"chunk":   {ok + "Transfer-Encoding: chunked\r\n\r\n1;", "x=y;", ""},
		"trailer": {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", ""},
		"bomb":    {bomb(), "", "not one of this API"},
	}
	var users []string
	for range 3 {
		for name := range floods {
			users = append(users, fmt.Sprintf("%s-%d", name, len(users)), fmt.Sprintf("whole-%d", len(users)))
		}
	}
	var taken atomic.Int64
	addr := hostile(t, answering(func(w io.Writer, user string) bool {
		name, _, _ := strings.Cut(user, "-")
		f, ok := floods[name]
		switch {
		case !ok:
			_, err := io.WriteString(w, plain(documentedAnswer))
			return err == nil
		case f.piece == "":
			_, err := io.WriteString(w, f.head)
			return err == nil
		}
		endless(counted{w, &taken}, f.head, f.piece, most)
		return false
	}))
	e := offboard(t, "http://"+addr, users, "--max-attempts", "1", "--concurrency", "4")
	e.want(fmt.Sprintf("3 done=%d failed=%d", len(users)/2, len(users)/2))
	for user, row := range e.answers() {
		name, _, _ := strings.Cut(user, "-")
		if !strings.Contains(row["message"], floods[name].message) {
			t.Errorf("%s: %q, want %q", user, row["message"], floods[name].message)
		}
	}
	// Linux counts what the process held that started it: this test stays small.
	held := e.process.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" {
		held *= 1024
	}
	if held > 150<<20 {
		t.Errorf("the program has held %d MiB", held>>20)
	}
	// What the network has taken is more than what the program has read.
	if each := taken.Load() / int64(len(users)/2); each > 16<<20 {
		t.Errorf("%d MiB went out for each flood", each>>20)
	}
}

type counted struct {
	io.Writer
	n *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n.Add(int64(n))
	return n, err
}

// TestHostileDrip answers so slowly that no answer ever ends.
func TestHostileDrip(t *testing.T) {
	drip := func(c io.Writer, text string) {
		for _, b := range []byte(text) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	slow := strings.Repeat(" ", 10_000)
	addr := hostile(t, answering(func(w io.Writer, user string) bool {
		switch user[:1] {
		case "a":
			drip(w, "HTTP/1.1 200 OK\r\nX: "+slow)
		case "b":
			drip(w, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"+slow)
		case "c":
			drip(w, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000))
		case "d":
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			drip(w, strings.Repeat("1\r\n \r\n", 1000))
		}
		return false
	}))
	e := offboard(t, "http://"+addr, []string{"a1", "b1", "c1", "d1", "a2", "b2", "c2", "d2"}, "--max-attempts", "1", "--timeout", "500ms")
	e.want("3 failed=8")
	// A tenant that does not even greet.
	addr = hostile(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	mute := offboard(t, "https://"+addr, people(4), "--max-attempts", "1", "--timeout", "500ms")
	mute.want("3 failed=4")
	for _, e := range []*ended{e, mute} {
		for user, row := range e.answers() {
			if !strings.Contains(row["message"], "no answer within the time-out") && !strings.Contains(row["message"], "TLS handshake timeout") {
				t.Errorf("%s: %q", user, row["message"])
			}
		}
	}
}

// TestHostileRedirects sends everybody to another host, which must never hear
// of it.
func TestHostileRedirects(t *testing.T) {
	var heard atomic.Int64
	other := hostile(t, func(net.Conn) { heard.Add(1) })
	for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for _, to := range []string{"http://" + other, "//" + other + "/", "http://user:password@" + other, "javascript:alert(1)", "=1+1 %zz\u009b2J"} {
			t.Run(fmt.Sprintf("%d %q", code, to), func(t *testing.T) {
				t.Parallel()
				addr := hostile(t, answering(func(w io.Writer, _ string) bool {
					_, err := fmt.Fprintf(w, "HTTP/1.1 %d Moved\r\nLocation: %s\r\nRefresh: 0;url=%s\r\nContent-Length: 0\r\n\r\n", code, to, to)
					return err == nil
				}))
				e := offboard(t, "http://"+addr, people(3), "--concurrency", "1")
				if e.want("6 unsent=3"); !strings.Contains(e.stderr, fmt.Sprintf("redirect (HTTP %d)", code)) {
					t.Errorf("stderr: %q", e.stderr)
				}
				e.run("status", e.dir)
				if i := strings.IndexFunc(e.stdout, alive); i >= 0 {
					t.Errorf("status prints a control character: %q", e.stdout)
				}
			})
		}
	}
	t.Cleanup(func() {
		if n := heard.Load(); n != 0 {
			t.Errorf("the other host got %d connections", n)
		}
	})
}

// authority signs certificates for this machine, each changed before that.
func authority(t *testing.T) (pemFile string, sign func(change func(*x509.Certificate)) tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	create := func(template, parent *x509.Certificate) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	pemFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(pemFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: create(ca, ca)}), 0o600); err != nil {
		t.Fatal(err)
	}
	return pemFile, func(change func(*x509.Certificate)) tls.Certificate {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "tenant"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		}
		if change != nil {
			change(c)
		}
		return tls.Certificate{Certificate: [][]byte{create(c, ca)}, PrivateKey: key}
	}
}

// TestHostileTLS meets tenants whose identity is in doubt: nothing is sent to
// them, nobody is done, and the error says what it is.
func TestHostileTLS(t *testing.T) {
	ca, sign := authority(t)
	_, signStrange := authority(t)
	for name, c := range map[string]struct {
		config  *tls.Config
		message string
	}{
		"expired":    {certified(sign(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })), "certificate has expired or is not yet valid"},
		"not yet":    {certified(sign(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })), "certificate has expired or is not yet valid"},
		"other host": {certified(sign(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} })), "certificate is valid for 127.0.0.2, not 127.0.0.1"},
		"by name":    {certified(sign(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"acme.example"} })), "doesn't contain any IP SANs"},
		"unknown":    {certified(signStrange(nil)), "certificate signed by unknown authority"},
		"TLS 1.1":    {&tls.Config{Certificates: []tls.Certificate{sign(nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "protocol version not supported"},
		"plain":      {nil, "the tenant does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int64
			addr := hostile(t, func(conn net.Conn) {
				if c.config == nil {
					_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
					return
				}
				n, _ := io.Copy(io.Discard, tls.Server(conn, c.config))
				sent.Add(n)
			})
			e := offboard(t, "https://"+addr, people(4), "--max-attempts", "1", "--ca-cert", ca)
			e.want("3 failed=4")
			for _, row := range e.rows("failed.csv") {
				if !strings.Contains(row["error"], c.message) {
					t.Errorf("failed.csv says %q, want %q", row["error"], c.message)
				}
			}
			// So many that it must be the tenant: nobody has failed.
			e = offboard(t, "https://"+addr, people(40), "--max-attempts", "1", "--ca-cert", ca, "--outage", "1ms")
			if n := e.users(); e.code != 6 || n["unsent"]+n["unknown"] != 40 || !strings.Contains(e.stderr, c.message) {
				t.Errorf("exit code %d, %v\n%s", e.code, n, e.stderr)
			}
			if n := sent.Load(); n != 0 {
				t.Errorf("%d bytes were sent", n)
			}
		})
	}
}

func certified(c tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c}, NextProtos: []string{"h2", "http/1.1"}}
}

// TestHostileHTTP2 breaks off streams and connections: everybody gets an
// answer of their own, and every attempt is one that the program has counted.
func TestHostileHTTP2(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]int)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := logged(r).User
		mu.Lock()
		seen[user]++
		n := seen[user]
		mu.Unlock()
		if r.ProtoMajor != 2 {
			t.Errorf("%s: %s", user, r.Proto)
		}
		switch number, _ := strconv.Atoi(user[1:]); {
		case number%5 == 1 && n == 1:
			w.Header().Set("Connection", "close") // GOAWAY
		case number%5 == 2 && n == 1:
			panic(http.ErrAbortHandler) // RST_STREAM
		case number%5 == 3 && n == 1:
			_, _ = io.WriteString(w, `{"status":`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"status":404,"message":"no `+user+`"}`)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"", "Bye"} {
		clear(seen)
		e := offboard(t, s.URL, people(60), "--ca-cert", ca, "--message", message)
		e.want("3 failed=60")
		for user, row := range e.answers() {
			attempts, _ := strconv.Atoi(row["attempts"])
			if row["message"] != "no "+user || seen[user] > attempts {
				t.Errorf("%s: %q, %d attempts, %d requests", user, row["message"], attempts, seen[user])
			}
		}
	}
}

// TestHostileRefusals refuses every stream, with the code that lets a client
// try again by itself: the program must not, past the rate.
func TestHostileRefusals(t *testing.T) {
	ca, sign := authority(t)
	config := certified(sign(nil))
	for name, refuse := range map[string]func(w io.Writer, stream uint32){
		"stream": func(w io.Writer, stream uint32) { frame(w, frameReset, 0, stream, 0, 0, 0, 7) },
		// The last stream that was worked on is none at all.
		"goaway": func(w io.Writer, _ uint32) { frame(w, frameGoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			addr := hostile(t, func(c net.Conn) {
				secure := tls.Server(c, config)
				defer secure.Close()
				in := bufio.NewReader(secure)
				if _, err := in.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")); err != nil {
					return
				}
				frame(secure, frameSettings, 0, 0)
				for {
					var head [9]byte
					if _, err := io.ReadFull(in, head[:]); err != nil {
						return
					}
					size := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
					if _, err := in.Discard(size); err != nil {
						return
					}
					if head[3] == frameHeaders {
						requests.Add(1)
						refuse(secure, binary.BigEndian.Uint32(head[5:]))
					}
				}
			})
			for _, message := range []string{"", "Bye"} {
				requests.Store(0)
				e := offboard(t, "https://"+addr, people(4), "--max-attempts", "2", "--ca-cert", ca, "--message", message)
				e.want("3 failed=4")
				if n := requests.Load(); n > 8 {
					t.Errorf("%d requests for 8 attempts", n)
				}
				for user, row := range e.answers() {
					if row["attempts"] != "2" {
						t.Errorf("%s: %s attempts, %q", user, row["attempts"], row["message"])
					}
				}
			}
		})
	}
}

// The frames of HTTP/2 that are told apart here.
const (
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7
)

func frame(w io.Writer, kind, flags byte, stream uint32, payload ...byte) {
	head := []byte{0, 0, byte(len(payload)), kind, flags}
	_, _ = w.Write(append(binary.BigEndian.AppendUint32(head, stream), payload...))
}

// TestHostileText puts orders to a terminal and to a spreadsheet into every
// text that a tenant has a say in.
func TestHostileText(t *testing.T) {
	texts := []string{
		"\x1b]0;owned\x07\x1b[2J\x1b[31m", "\u009b2J\u009d0;owned\u009c", "\r\b\x7f\x00", "a\nforged,line\n", "\x0b\x0c\x0e",
		"=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "\u00a0=1", "\uFF1D1+1", "\x00=1", "=\"a\",b", "*",
	}
	users := make([]string, 0, 3*len(texts))
	for i := range texts {
		users = append(users, fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), fmt.Sprintf("c%d", i))
	}
	addr := hostile(t, answering(func(w io.Writer, user string) bool {
		n, _ := strconv.Atoi(user[1:])
		x, _ := json.Marshal(texts[n])
		var answer string
		switch user[0] {
		case 'a': // failed, pending and done platforms
			answer = plain(fmt.Sprintf(`{"status":204,"message":%s,"location":%[1]s,"responsePlatforms":{%[1]s:{"status":404,"message":%[1]s,"location":%[1]s}}}`, x))
		case 'b':
			answer = plain(fmt.Sprintf(`{"status":204,"responsePlatforms":{%s:{"status":202,"message":%[1]s}}}`, x))
		case 'c': // which a log line tells before the next attempt
			answer = strings.Replace(plain(fmt.Sprintf(`{"error":%s,"message":%[1]s}`, x)), "200 OK", "503 "+strings.TrimSpace(texts[n]), 1)
			if strings.ContainsAny(texts[n], "\r\n") {
				answer = strings.Replace(plain(fmt.Sprintf(`{"message":%s}`, x)), "200 OK", "503 No", 1)
			}
		}
		_, err := io.WriteString(w, answer)
		return err == nil
	}))
	for _, format := range []string{"text", "json"} {
		e := offboard(t, "http://"+addr, users, "--max-attempts", "2", "--concurrency", "8", "--log-level", "debug", "--log-format", format)
		e.want(fmt.Sprintf("3 pending=%d failed=%d", len(texts), 2*len(texts)))
		if n := strings.Count(e.stderr, "another attempt follows"); n < len(texts) {
			t.Errorf("%d log lines of another attempt, want %d", n, len(texts))
		}
		own := 0
		for _, row := range e.rows("results.csv") {
			if row["platform"] == "*" {
				own++
			}
		}
		if own != len(users) {
			t.Errorf("%d lines of users' own in results.csv for %d users", own, len(users))
		}
		for _, args := range [][]string{{"status", e.dir}, {"status", e.dir, "--json"}, {"resume", e.dir}, {"resume", e.dir, "--json"}} {
			e.run(args...)
			if i := strings.IndexFunc(e.stdout+e.stderr, alive); i >= 0 {
				t.Errorf("%q prints a control character: %q", args, (e.stdout + e.stderr)[max(0, i-80):])
			}
		}
	}
}

// TestHostileEcho has a tenant, or something before it, say the token back in
// every text that is kept.
func TestHostileEcho(t *testing.T) {
	var escaped strings.Builder
	for _, c := range hostileToken {
		fmt.Fprintf(&escaped, `\u%04x`, c)
	}
	page := "<html>X-Cloud-Auth-Token: " + hostileToken
	answers := map[string]string{
		"texts":    plain(fmt.Sprintf(`{"status":404,"message":%q,"location":%[1]q,"responsePlatforms":{%[1]q:{"status":404,"message":%[1]q,"location":%[1]q}}}`, hostileToken)),
		"escaped":  plain(fmt.Sprintf(`{"status":404,"message":"%s","responsePlatforms":{"%[1]s":{"status":202}}}`, &escaped)),
		"longtext": plain(fmt.Sprintf(`{"status":404,"message":%q}`, strings.Repeat("x", 990)+hostileToken)),
		"longpart": plain(fmt.Sprintf(`{"status":404,"message":"%s"}`, strings.Repeat("x", 990)+escaped.String())),
		"page":     plain(page),
		"longpage": plain(strings.Repeat(" <br>", 10) + hostileToken),
		"gateway":  strings.Replace(plain(`{"error":"`+hostileToken+`"}`), "200 OK", "503 "+hostileToken, 1),
		"refusal":  strings.Replace(plain(`{"message":"`+hostileToken+`"}`), "200 OK", "400 No\r\nLocation: /"+hostileToken, 1),
		"status":   "HTTP/1.1 " + hostileToken + " " + hostileToken + "\r\n\r\n",
		"header":   "HTTP/1.1 200 OK\r\n" + hostileToken + "\r\n\r\n",
		"length":   "HTTP/1.1 200 OK\r\nContent-Length: " + hostileToken + "\r\n\r\n",
	}
	var users []string
	for user := range answers {
		users = append(users, user)
	}
	addr := hostile(t, answering(func(w io.Writer, user string) bool {
		_, _ = io.WriteString(w, answers[user])
		return false
	}))
	e := offboard(t, "http://"+addr, users, "--max-attempts", "2", "--log-level", "debug")
	e.want(fmt.Sprintf("3 failed=%d", len(users)))
	for _, part := range []string{hostileToken[:5], hostileToken[len(hostileToken)-5:]} {
		if i := strings.Index(e.file("journal.jsonl")+e.stderr, part); i >= 0 {
			t.Errorf("a part of the token is left: %q", (e.file("journal.jsonl") + e.stderr)[max(0, i-80):i+10])
		}
	}
	if n := strings.Count(e.file("failed.csv"), "[token]"); n < 8 {
		t.Errorf("%d texts tell of the token, want 8:\n%s", n, e.file("failed.csv"))
	}

	addr = hostile(t, answering(func(w io.Writer, user string) bool {
		_, _ = io.WriteString(w, "HTTP/1.1 302 Found\r\nLocation: https://else.example/"+hostileToken+"\r\nContent-Length: 0\r\n\r\n")
		return false
	}))
	offboard(t, "http://"+addr, people(1)).want("6 unsent=1")
}
