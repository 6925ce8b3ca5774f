package netex

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// tenant serves connections by hand, for what net/http would not answer.
func tenant(t *testing.T, serve func(net.Conn)) *Client {
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
	c := New(Options{Base: &url.URL{Scheme: "http", Host: l.Addr().String()}, Connections: 16, Timeout: 10 * time.Second})
	t.Cleanup(func() {
		c.Close()
		l.Close()
		open.Wait()
	})
	return c
}

func text(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// TestLeftOverAnswer lets every answer be followed by one that nobody has
// asked for, while many wait for a connection to be free.
func TestLeftOverAnswer(t *testing.T) {
	c := tenant(t, func(c net.Conn) {
		for in := bufio.NewReader(c); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			user := strings.Split(r.URL.Path, "/")[6]
			io.WriteString(c, text(`{"status":404,"message":"no `+user+`"}`)+text(`{"status":204}`))
		}
	})
	var workers sync.WaitGroup
	for w := range 16 {
		workers.Go(func() {
			for i := range 100 {
				user := fmt.Sprintf("u%d-%d", w, i)
				a := c.Deactivate(t.Context(), user, "")
				if a.Outcome != Failed || a.HTTPStatus == 200 && a.Message != "no "+user {
					t.Errorf("%s: got %s, %q", user, a.Outcome, a.Message)
				}
			}
		})
	}
	workers.Wait()
}

// TestUpgradeIsNotWaitedFor: what follows a 101 never ends, and net/http does
// not end it with the time-out either.
func TestUpgradeIsNotWaitedFor(t *testing.T) {
	c := tenant(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"+`{"status":204}`)
		io.Copy(io.Discard, c)
	})
	ended := make(chan Answer)
	go func() { ended <- c.Deactivate(t.Context(), "a", "") }()
	select {
	case a := <-ended:
		if a.Outcome != Failed || a.Verdict != Again || a.Message != "HTTP 101 Switching Protocols" {
			t.Errorf("got %+v, want a failure, worth another attempt", a)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the attempt does not end with its time-out")
	}
}

// TestEmptyness: an empty body is an answer only if somebody has said that it
// is empty.
func TestEmptyness(t *testing.T) {
	for answer, want := range map[string]Outcome{
		"HTTP/1.1 200 OK\r\n\r\n":                                           Failed,
		"HTTP/1.0 200 OK\r\n\r\n":                                           Failed,
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n":                      Failed,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":                      Done,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":    Done,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n":             Failed,
		"HTTP/1.1 204 No Content\r\n\r\n":                                   Done,
		"HTTP/1.1 202 Accepted\r\n\r\n":                                     Failed,
		"HTTP/1.1 200 OK\r\n\r\n{\"status\":204}":                           Done,
		"HTTP/1.1 099 What\r\nContent-Length: 14\r\n\r\n{\"status\":204}":   Failed,
		"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":204}":     Failed,
		"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"status\":204}":     Failed,
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{\"status\":204}":     Failed,
		"HTTP/1.1 200 OK\r\nContent-Length: 3, 14\r\n\r\n{\"status\":204}":  Failed,
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00": Failed,
	} {
		c := tenant(t, func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, answer)
		})
		if a := c.Deactivate(t.Context(), "a", ""); a.Outcome != want {
			t.Errorf("%q: got %s, %q, want %s", answer, a.Outcome, a.Message, want)
		}
	}
}
