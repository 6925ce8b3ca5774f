// Package netex speaks the user web services of a netexCloud tenant: one
// attempt a call, and what its answer means. It knows no files, no pace and
// no second attempt.
package netex

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	usersPath = "/integration/ws/management/rest/users"
	accept    = "application/vnd.netex.nlc-api+json"

	// requestID is not of this API, but of the gateways and logs before and
	// behind it: who does not know a header passes over it (RFC 9110, 5.1).
	requestID = "X-Request-Id"

	// maxBody is the most that is read of an answer about one user, in bytes;
	// a real one has a few hundred.
	maxBody = 1 << 20
	// maxHeader bounds the headers of an answer, in bytes.
	maxHeader = 256 << 10
)

// Mode is the value of X-Cloud-Synchronization.
type Mode string

// Synchronous waits for every platform, Asynchronous queues one message for
// each.
const (
	Synchronous  Mode = "synchronous"
	Asynchronous Mode = "asynchronous"
)

// Options are what a Client needs.
type Options struct {
	Base        *url.URL // from ParseBase
	Token       string
	Mode        Mode
	Connections int           // kept open, one for each worker
	Timeout     time.Duration // of one attempt
	Roots       *x509.CertPool
	Version     string // of this program, for User-Agent
	RequestID   string // what every request's own id begins with; "" for no ids
}

// Client sends requests to one tenant. It may be used by many goroutines.
type Client struct {
	base    string
	token   string
	header  http.Header
	mode    Mode
	timeout time.Duration
	http    *http.Transport
	id      string        // what the ids of requests begin with
	sent    atomic.Uint64 // requests
}

// New returns a client. It opens no connection.
func New(o Options) *Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           o.Connections,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    o.Timeout,
		MaxResponseHeaderBytes: maxHeader,
		// Answers are small, and a compressed one can be a bomb.
		DisableCompression: true,
	}
	return &Client{
		base:  strings.TrimSuffix(o.Base.String(), "/"),
		token: o.Token,
		header: http.Header{
			"Accept":             {accept},
			"X-Cloud-Auth-Token": {o.Token},
			"User-Agent":         {"offboard/" + o.Version},
		},
		mode:    o.Mode,
		timeout: o.Timeout,
		http:    transport,
		id:      o.RequestID,
	}
}

// Close drops the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Deactivate switches a user off on all platforms. The user is an id or a
// username; message may be empty.
func (c *Client) Deactivate(ctx context.Context, user, message string) Answer {
	body := ""
	if message != "" {
		b, err := json.Marshal(map[string]string{"message": message})
		if err != nil {
			return unreached(err)
		}
		body = string(b)
	}
	return c.attempt(ctx, http.MethodPut, user, "/deactivate", body, judge)
}

// Check reads a user and says whether the central record is off.
func (c *Client) Check(ctx context.Context, user, _ string) Answer {
	return c.attempt(ctx, http.MethodGet, user, "", "", judgeUser)
}

// attempt sends one request about a user.
func (c *Client) attempt(ctx context.Context, method, user, call, body string, judge func(int, []byte) Answer) Answer {
	if user == "" || user == "." || user == ".." {
		return unreached(fmt.Errorf("%q would address another resource", user))
	}
	return c.send(ctx, method, "/"+url.PathEscape(user)+call, body, maxBody, judge)
}

// send sends one request and reads the whole answer, so that the connection
// can be used again. The path is below usersPath; an answer of more than most
// bytes is not read on.
func (c *Client) send(ctx context.Context, method, path, body string, most int64, judge func(int, []byte) Answer) Answer {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	w := watch{stop: cancel}
	req, err := c.request(httptrace.WithClientTrace(ctx, w.trace()), method, path, body)
	if err != nil {
		return unreached(err)
	}
	id := req.Header.Get(requestID)
	start := time.Now()
	// An http.Client would add that it follows redirects: it turns the PUT into
	// a GET and carries the token to another host.
	resp, err := c.http.RoundTrip(req)
	if err == nil {
		defer resp.Body.Close()
	}
	if err := cmp.Or(w.err(), err); err != nil {
		a := broken(err)
		a.Reached = w.begun.Load()
		return c.finish(a, id, start)
	}
	b, err := read(resp, most)
	a := settle(resp, b, err, judge)
	a.RetryAfter = RetryAfter(resp.Header.Get("Retry-After"), dateOf(resp))
	return c.finish(a, id, start)
}

func (c *Client) finish(a Answer, id string, start time.Time) Answer {
	a.RequestID, a.Latency = id, time.Since(start)
	return a.without(c.token)
}

// read returns the body, of at most so many bytes.
func read(resp *http.Response, most int64) ([]byte, error) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the connection itself, and knows no time-out
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if int64(len(b)) > most {
		return nil, tooLarge(most)
	}
	if err == nil && len(b) == 0 && unbounded(resp) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// unbounded reports whether only the connection's end tells the body's: that
// an empty one is meant to be empty nobody has said.
func unbounded(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

func (c *Client) request(ctx context.Context, method, path, body string) (*http.Request, error) {
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+usersPath+path, r)
	if err != nil {
		return nil, err
	}
	if method == http.MethodGet {
		// net/http repeats a GET by itself when a kept connection breaks, past
		// the rate. It does not when there is a body that it cannot rewind;
		// this one is empty, and nothing of it is sent.
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	req.Header = c.header.Clone()
	if c.id != "" {
		req.Header.Set(requestID, c.id+"-"+strconv.FormatUint(c.sent.Add(1), 36))
	}
	if method == http.MethodPut {
		req.Header.Set("X-Cloud-Synchronization", string(c.mode))
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// ParseBase reads a tenant's base URL: scheme and host, https unless the host
// is this machine.
func ParseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("it is not a URL")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it must begin with https://")
	case u.Hostname() == "":
		return nil, errors.New("it names no host")
	case u.User != nil:
		return nil, errors.New("it must not hold a user or a password")
	case u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("it must end after the host, without %q", u.Path)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("it must end after the host, without a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("http would send the token in clear text; it is allowed to this machine only")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
