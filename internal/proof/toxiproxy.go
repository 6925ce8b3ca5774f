package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// toxiproxy is the proxy server at work, driven over its HTTP API.
type toxiproxy struct {
	process *process
	api     string
	client  http.Client
}

// toxic is a fault of a proxy. It lies in the way of the answers unless Stream
// says upstream.
type toxic struct {
	Name       string         `json:"name,omitempty"` // TYPE_STREAM when empty
	Type       string         `json:"type"`
	Stream     string         `json:"stream,omitempty"`
	Toxicity   float64        `json:"toxicity"` // share of the connections
	Attributes map[string]int `json:"attributes"`
}

// toxiproxy builds the server from its own module file, and starts it.
func (l *lab) toxiproxy() (*toxiproxy, error) {
	program, err := l.tool("toxiproxy", "github.com/Shopify/toxiproxy/v2/cmd/server")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	t := &toxiproxy{api: "http://127.0.0.1:" + port, client: http.Client{Timeout: 30 * time.Second}}
	if t.process, err = l.launch(nil, program, "-host", "127.0.0.1", "-port", port); err != nil {
		return nil, err
	}
	if err := l.poll("toxiproxy", func() bool { return t.call("GET", "/proxies", nil, nil) == nil }); err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

// freePort is free a moment ago: the server cannot tell which one it took.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// call sends in and reads the answer into out; either may be nil.
func (t *toxiproxy) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, t.api+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("toxiproxy: %s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// stop is for the way out.
func (t *toxiproxy) stop() {
	t.process.cancel()
	t.process.wait()
}

// proxy is one way to a tenant.
type proxy struct {
	server *toxiproxy
	name   string
}

// open makes the proxy, and returns the URL by which it leads to the tenant's.
func (p *proxy) open(tenant string, toxics []toxic) (string, error) {
	var made struct{ Listen string }
	upstream := strings.TrimPrefix(tenant, "http://")
	ask := map[string]string{"name": p.name, "listen": "127.0.0.1:0", "upstream": upstream}
	err := p.server.call("POST", "/proxies", ask, &made)
	for _, x := range toxics {
		if err == nil {
			err = p.add(x)
		}
	}
	return "http://" + made.Listen, err
}

func (p *proxy) add(x toxic) error {
	return p.server.call("POST", "/proxies/"+p.name+"/toxics", x, nil)
}

func (p *proxy) remove(name string) error {
	return p.server.call("DELETE", "/proxies/"+p.name+"/toxics/"+name, nil, nil)
}

// roll chooses anew the connections that a toxic is at work in.
func (p *proxy) roll(name string, share float64) error {
	return p.server.call("POST", "/proxies/"+p.name+"/toxics/"+name, map[string]float64{"toxicity": share}, nil)
}

// enable lets connections in, or cuts them all and refuses new ones.
func (p *proxy) enable(on bool) error {
	return p.server.call("POST", "/proxies/"+p.name, map[string]bool{"enabled": on}, nil)
}
