package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stage is what one script has set up.
type stage struct {
	stop    func() error
	release func() // lets the answers go that are held
	mounted bool
}

const (
	accessLog = "access.jsonl"
	patience  = 60 * time.Second // far beyond what anything takes
)

func at(ts *testscript.TestScript) *stage { return ts.Value("stage").(*stage) }

func (s *stage) close() error {
	if s.stop == nil {
		return nil
	}
	stop := s.stop
	s.stop = nil
	return stop()
}

// startTenant runs the program's own simulator.
func startTenant(ts *testscript.TestScript, _ bool, args []string) {
	s := at(ts)
	ts.Check(s.close())
	ts.Check(os.RemoveAll(ts.MkAbs(accessLog)))
	cmd := exec.Command("offboard", append([]string{"simulate", "--listen", "127.0.0.1:0", "--log", accessLog}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "GORACE=" + ts.Getenv("GORACE"), "OFFBOARD_TOKEN=" + ts.Getenv("OFFBOARD_TOKEN")}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	kill := func() { _ = cmd.Process.Kill() }
	s.stop = func() error {
		defer time.AfterFunc(patience, kill).Stop()
		return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait())
	}
	ts.Defer(func() { _ = s.close() })
	impatient := time.AfterFunc(patience, kill)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	impatient.Stop()
	url, ok := strings.CutPrefix(line, "url")
	if err != nil || !ok {
		_ = s.close()
		ts.Fatalf("the simulator does not start: %q, %v\n%s", line, err, &stderr)
	}
	ts.Setenv("URL", strings.TrimSpace(url))
}

func closeTenant(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(at(ts).close()) }

func release(ts *testscript.TestScript, _ bool, _ []string) { at(ts).release() }

// startAnswers serves the answers that the simulator has not. A file is named
// by the user (list for the list of all), with .1, .2 for the first requests; it holds the HTTP status
// (0 breaks the connection), headers, an empty line and the body. With the
// header Hold the answer comes when the script says so.
func startAnswers(ts *testscript.TestScript, _ bool, args []string) {
	s := at(ts)
	ts.Check(s.close())
	secure := args[0] == "-tls"
	folder := ts.MkAbs(args[len(args)-1])
	log, err := os.Create(ts.MkAbs(accessLog))
	ts.Check(err)
	var mu sync.Mutex
	seen := make(map[string]int)
	released := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := logged(r)
		mu.Lock()
		seen[e.User]++
		n := seen[e.User]
		_ = json.NewEncoder(log).Encode(e)
		mu.Unlock()
		answer(w, folder, e.User, n, released)
	}))
	server.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	if secure {
		server.StartTLS()
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	} else {
		server.Start()
	}
	s.release = sync.OnceFunc(func() { close(released) })
	s.stop = func() error { s.release(); server.Close(); return log.Close() }
	ts.Defer(func() { _ = s.close() })
	ts.Setenv("URL", server.URL)
}

// exchange is what the tenant of 'answers' logs.
type exchange struct {
	Method string `json:"method"`
	Action string `json:"action"` // deactivate or activate
	User   string `json:"user"`
	Sync   string `json:"sync"`
	Token  string `json:"token"`
	Accept string `json:"accept"`
	Type   string `json:"type"`
	Agent  string `json:"agent"`
	ID     string `json:"id"`
	Body   string `json:"body"`
}

func logged(r *http.Request) exchange {
	body, _ := io.ReadAll(r.Body)
	const users = "/integration/ws/management/rest/users"
	user, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, users+"/"), "/")
	switch {
	case r.Method == http.MethodConnect:
		user = r.Host
	case r.URL.Path == users:
		user, action = "", "list"
	}
	return exchange{
		Method: r.Method,
		Action: action,
		User:   user,
		Sync:   r.Header.Get("X-Cloud-Synchronization"),
		Token:  r.Header.Get("X-Cloud-Auth-Token"),
		Accept: r.Header.Get("Accept"),
		Type:   strings.Join(r.Header["Content-Type"], "|"),
		Agent:  r.Header.Get("User-Agent"),
		ID:     r.Header.Get("X-Request-Id"),
		Body:   string(body),
	}
}

func answer(w http.ResponseWriter, folder, user string, n int, released <-chan struct{}) {
	user = cmp.Or(user, "list")
	text, err := os.ReadFile(filepath.Join(folder, user+"."+strconv.Itoa(n)))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(folder, user))
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	in := textproto.NewReader(bufio.NewReader(bytes.NewReader(text)))
	line, _ := in.ReadLine()
	status, err := strconv.Atoi(line)
	if err != nil || status == 0 {
		panic(http.ErrAbortHandler)
	}
	headers, _ := in.ReadMIMEHeader()
	if headers.Get("Hold") != "" {
		<-released
	}
	for name, values := range headers {
		w.Header()[name] = values
	}
	body, _ := io.ReadAll(in.R)
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		_, _ = w.Write(bytes.TrimSpace(body))
	}
}

// request is a line of an access log.
type request struct {
	Method string `json:"method"`
	User   string `json:"user"`
}

func requests(ts *testscript.TestScript) map[request]int {
	n := make(map[request]int)
	text, err := os.ReadFile(ts.MkAbs(accessLog))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	for line := range bytes.Lines(text) {
		var r struct {
			request
			Action string
		}
		if json.Unmarshal(line, &r) == nil { // the last line may be half written
			n[r.request]++
			n[request{r.Method, "*"}]++
			n[request{r.Action, r.User}]++
			n[request{r.Action, "*"}]++
		}
	}
	return n
}

// sent waits for the log of a tenant that is still there: it may lag behind.
func sent(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: sent METHOD|ACTION USER N")
	}
	want := number(ts, args[2])
	who := request{args[0], args[1]}
	got := requests(ts)[who]
	for deadline := time.Now().Add(patience); at(ts).stop != nil && got < want && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
		got = requests(ts)[who]
	}
	if got != want {
		ts.Fatalf("%s %s: sent %d times, want %d\n%s", who.Method, who.User, got, want, ts.ReadFile(accessLog))
	}
}

func once(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(at(ts).close())
	allowed := 0
	if len(args) > 0 {
		allowed = number(ts, args[0])
	}
	var again []string
	for r, n := range requests(ts) {
		if n > 1 && r.User != "*" && r.Method != "PUT" { // of these the actions are counted
			again = append(again, fmt.Sprintf("%s %s: %d", r.Method, r.User, n))
		}
	}
	if len(again) > allowed {
		ts.Fatalf("%d were sent more than once, want at most %d: %q", len(again), allowed, again)
	}
}

// arrivals are the times in an access log.
func arrivals(ts *testscript.TestScript, file string) []time.Time {
	var all []time.Time
	for line := range strings.Lines(ts.ReadFile(file)) {
		var at struct{ Time time.Time }
		ts.Check(json.Unmarshal([]byte(line), &at))
		all = append(all, at.Time)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

func gap(ts *testscript.TestScript, _ bool, args []string) {
	var longest time.Duration
	all := arrivals(ts, args[1])
	for i := 1; i < len(all); i++ {
		longest = max(longest, all[i].Sub(all[i-1]))
	}
	if want := time.Duration(number(ts, args[0])) * time.Millisecond; longest < want {
		ts.Fatalf("%s: the longest silence is %v, want %v", args[1], longest, want)
	}
}

// rate allows for requests that were held up on their way: what holds to the
// millisecond is proven elsewhere.
func rate(ts *testscript.TestScript, _ bool, args []string) {
	n, _ := strings.CutSuffix(args[0], "/s")
	perSecond, burst := number(ts, n), number(ts, args[1])
	all := arrivals(ts, args[2])
	took := all[len(all)-1].Sub(all[0])
	due := time.Duration(len(all)-1-burst) * time.Second / time.Duration(perSecond)
	if took < due*3/4 {
		ts.Fatalf("%s: %d attempts took %v, want %v", args[2], len(all), took, due)
	}
}
