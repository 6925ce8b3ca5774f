package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// byHTTP returns what each worker does: one request after the other.
func (l *loop) byHTTP(workers int) func() error {
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConns:        workers,
		MaxIdleConnsPerHost: workers,
		DisableCompression:  true,
	}}
	return func() error {
		for {
			req, err := l.request()
			if req == nil {
				return err
			}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			if err := l.take(resp); err != nil {
				return err
			}
		}
	}
}

// bySocket writes depth requests before it reads their answers. So little of
// the work is left to the sender that it shows what the tenant carries.
func (l *loop) bySocket(depth int) error {
	conn, err := net.Dial("tcp", l.host)
	if err != nil {
		return err
	}
	defer conn.Close()
	in, out := bufio.NewReader(conn), bufio.NewWriterSize(conn, 64<<10)
	for {
		n, err := l.write(out, depth)
		if n == 0 || err != nil {
			return err
		}
		for range n {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				return err
			}
			if err := l.take(resp); err != nil {
				return err
			}
		}
	}
}

// write sends up to depth requests, and returns how many.
func (l *loop) write(out *bufio.Writer, depth int) (n int, err error) {
	for ; n < depth; n++ {
		req, err := l.request()
		if err != nil {
			return n, err
		}
		if req == nil {
			break
		}
		if err := req.Write(out); err != nil {
			return n, err
		}
	}
	return n, out.Flush()
}

// take reads an answer to its end.
func (l *loop) take(resp *http.Response) error {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		l.good.Add(1)
	}
	_, err := io.Copy(io.Discard, resp.Body)
	return err
}
