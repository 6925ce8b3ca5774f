package netex

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

var (
	errUnasked = errors.New("an answer came before the request was sent: it is not this user's")
	errRefused = errors.New("the tenant refused the request (HTTP/2)")
)

// turns is a connection that knows whether the peer has said anything since
// the request that is under way.
type turns struct {
	net.Conn
	turn atomic.Int32
}

const (
	idle  int32 = iota // no request yet
	asked              // the request, or a part of it, has gone
	heard              // and something came after that
)

func (t *turns) Write(b []byte) (int, error) {
	t.turn.CompareAndSwap(idle, asked)
	return t.Conn.Write(b)
}

func (t *turns) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if n > 0 {
		t.turn.CompareAndSwap(asked, heard)
	}
	return n, err
}

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &turns{Conn: c}, nil
}

// watch keeps net/http from two things in one attempt. On HTTP/1 it takes
// what is left over from the last answer for this one's, if the connection is
// used again before it has looked: then somebody would be done by what was
// said to somebody else. On HTTP/2 it repeats refused requests by itself, past
// the rate.
type watch struct {
	stop    context.CancelFunc
	begun   atomic.Bool           // there was a connection to send the request on
	conn    atomic.Pointer[turns] // nil on HTTP/2
	sent    atomic.Bool           // on HTTP/2
	unasked atomic.Bool
	refused atomic.Bool
}

func (w *watch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: w.begin, WroteHeaders: w.wrote, GotFirstResponseByte: w.answered}
}

func (w *watch) begin(info httptrace.GotConnInfo) {
	c := underlying(info.Conn)
	if c != nil {
		c.turn.Store(idle)
	}
	w.conn.Store(c)
	w.begun.Store(true)
	if w.sent.Load() {
		w.refused.Store(true)
		w.stop()
	}
}

func (w *watch) wrote() { w.sent.Store(w.conn.Load() == nil) }

// answered breaks the connection off: the answer that belongs to the request
// is still to come on it.
func (w *watch) answered() {
	if c := w.conn.Load(); c != nil && c.turn.Load() != heard {
		w.unasked.Store(true)
		c.Close()
	}
}

func (w *watch) err() error {
	switch {
	case w.unasked.Load():
		return errUnasked
	case w.refused.Load():
		return errRefused
	}
	return nil
}

// underlying finds the connection below TLS; none for HTTP/2, where every
// answer names its request.
func underlying(c net.Conn) *turns {
	for {
		secure, ok := c.(*tls.Conn)
		if !ok {
			break
		}
		if secure.ConnectionState().NegotiatedProtocol == "h2" {
			return nil
		}
		c = secure.NetConn()
	}
	t, _ := c.(*turns)
	return t
}
