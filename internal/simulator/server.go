package simulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// grace is how long Close lets requests finish.
const grace = time.Second

// Server is a tenant that listens.
type Server struct {
	tenant *Tenant
	http   *http.Server
	url    string
	served chan error // one value when serving has ended
	close  func() error
}

// Start returns a server that listens on addr, such as 127.0.0.1:0. Other
// machines can reach it only with AnyAddress: it knows no real tokens, but
// what is sent to it may hold some.
func Start(addr string, o Options) (*Server, error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !at.IP.IsLoopback() && !o.AnyAddress {
		return nil, fmt.Errorf("%q can be reached from other machines; the simulator listens on a loopback address", addr)
	}
	t, err := New(o)
	if err != nil {
		return nil, err
	}
	l, err := net.ListenTCP("tcp", at)
	if err != nil {
		return nil, err
	}
	s := &Server{
		tenant: t,
		http:   newHTTPServer(t, o.TLS),
		url:    address(l.Addr().(*net.TCPAddr), o.TLS != nil),
		served: make(chan error, 1),
	}
	s.close = sync.OnceValue(s.shutDown)
	go func() { s.served <- s.serve(l) }()
	return s, nil
}

func newHTTPServer(t *Tenant, c *tls.Config) *http.Server {
	return &http.Server{
		Handler:           t,
		TLSConfig:         c.Clone(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

func (s *Server) serve(l net.Listener) error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(l, "", "")
	}
	return s.http.Serve(l)
}

// address is the URL of a listener.
func address(a *net.TCPAddr, secure bool) string {
	host := a.String()
	if a.IP.IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", a.Port)
	}
	if secure {
		return "https://" + host
	}
	return "http://" + host
}

// URL is the base URL, without a slash at the end.
func (s *Server) URL() string { return s.url }

// Tenant is who answers.
func (s *Server) Tenant() *Tenant { return s.tenant }

// Close stops listening, lets requests finish for a moment, cuts the rest
// short, and writes the rest of the log.
func (s *Server) Close() error { return s.close() }

func (s *Server) shutDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // its listener is closed already
	}
	err := s.tenant.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
