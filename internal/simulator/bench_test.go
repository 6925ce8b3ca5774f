package simulator

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkTenant measures whole requests over 64 real connections to a
// tenant with a million people, the practice rules and a log. The client is
// as thin as can be: net/http's costs more than the tenant.
func BenchmarkTenant(b *testing.B) {
	for _, mode := range []string{"synchronous", "asynchronous"} {
		b.Run(mode, func(b *testing.B) { benchmarkTenant(b, mode) })
	}
}

const benchConnections = 64

func benchmarkTenant(b *testing.B, mode string) {
	s := start(b, Options{Count: 1_000_000, Practice: true, Log: io.Discard})
	addr := strings.TrimPrefix(s.URL(), "http://")
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range benchConnections {
		wg.Go(func() {
			if err := load(addr, mode, &next, int64(b.N)); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// load sends deactivations over one connection until n are sent by all.
func load(addr, mode string, next *atomic.Int64, n int64) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var request []byte
	for {
		k := next.Add(1)
		if k > n {
			return nil
		}
		request = fmt.Appendf(request[:0], "PUT %s/%s/deactivate HTTP/1.1\r\nHost: tenant\r\nAccept: %s\r\n%s: t\r\n%s: %s\r\nContent-Length: 0\r\n\r\n",
			usersPath, madeUpUsername(index(k%1_000_000)), accept, tokenHeader, syncHeader, mode)
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if err := readAnswer(in); err != nil {
			return err
		}
	}
}

func readAnswer(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !strings.HasPrefix(string(line), "HTTP/1.1 200") {
			return fmt.Errorf("got %q", line)
		}
		if len(line) == 2 {
			_, err = in.Discard(length)
			return err
		}
		if v, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return err
			}
		}
	}
}

// BenchmarkHandler measures the tenant without sockets.
func BenchmarkHandler(b *testing.B) {
	t, err := New(Options{Open: true, Log: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	b.ReportAllocs()
	r := put("anna", "deactivate")
	for b.Loop() {
		t.ServeHTTP(discard{}, r)
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
