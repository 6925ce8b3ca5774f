package simulator

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// wire sends a request with the target as it is, and returns the status, 0
// for a dropped connection.
func wire(t *testing.T, s *Server, method, target string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: tenant\r\nAccept: %s\r\n%s: secret\r\n%s: synchronous\r\nConnection: close\r\n\r\n",
		method, target, accept, tokenHeader, syncHeader)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("%s: %v", target, err)
	}
	return resp.StatusCode
}

func TestServer(t *testing.T) {
	var log sheet
	s := start(t, Options{Open: true, Log: &log, Rules: rules(t, "user=cut drop\nuser=late drop=after\nuser=big body=huge")})
	for user, want := range map[string]int{"anna": 200, "cut": 0, "late": 0, "big": 200} {
		if got := wire(t, s, "PUT", usersPath+"/"+user+"/deactivate"); got != want {
			t.Errorf("%s: got %d, want %d", user, got, want)
		}
	}
	for user, want := range map[string]bool{"anna": true, "late": true, "cut": false} {
		enabled, known := s.Tenant().Enabled(user, "")
		if acted := known && !enabled; acted != want {
			t.Errorf("%s: acted is %v", user, acted)
		}
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := len(log.lines(t)); n != 4 {
		t.Errorf("%d lines in the log", n)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://")); err == nil {
		t.Error("still listening")
	}
}

func TestServerTLS(t *testing.T) {
	certificate := httptest.NewTLSServer(nil)
	defer certificate.Close()
	s := start(t, Options{Open: true, TLS: certificate.TLS})
	client := certificate.Client()
	defer client.CloseIdleConnections()
	r := get("anna")
	r.RequestURI = ""
	r.URL.Scheme, r.URL.Host = "https", strings.TrimPrefix(s.URL(), "https://")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("got %s", resp.Status)
	}
}

// A request that is held back does not hold up the end.
func TestCloseIsBounded(t *testing.T) {
	s := start(t, Options{Open: true, Rules: rules(t, "delay=1h")})
	code := make(chan int)
	go func() { code <- wire(t, s, "PUT", usersPath+"/anna/deactivate") }()
	for s.Tenant().serving.TryLock() { // until the request is being served
		s.Tenant().serving.Unlock()
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := <-code; got != 0 || time.Since(began) > 10*grace {
		t.Errorf("got %d after %v", got, time.Since(began))
	}
}

func TestStartRefuses(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "nonsense"} {
		if s, err := Start(addr, Options{}); err == nil {
			t.Errorf("%s was taken", addr)
			s.Close()
		}
	}
	if _, err := Start("127.0.0.1:0", Options{IndexBase: 3}); err == nil {
		t.Error("bad options were taken")
	}
}

func TestAnyAddress(t *testing.T) {
	s := start(t, Options{Open: true, AnyAddress: true})
	s.Close()
	open, err := Start(":0", Options{AnyAddress: true})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if !strings.HasPrefix(open.URL(), "http://localhost:") {
		t.Errorf("got %s", open.URL())
	}
}
