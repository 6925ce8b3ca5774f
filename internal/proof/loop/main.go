// Command loop sends the same deactivations as offboard, as plainly as Go
// can, and records nothing: what a sender costs that does no more than send.
// It prints how many answers were HTTP 200.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

func main() {
	good, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "loop: error: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(good)
}

// loop is the work that all workers share.
type loop struct {
	base   string // of all URLs
	host   string
	header http.Header
	users  int64 // user000001 to this one
	next   atomic.Int64
	good   atomic.Int64 // answers that were HTTP 200
}

func run(args []string) (good int64, err error) {
	flags := flag.NewFlagSet("loop", flag.ContinueOnError)
	tenant := flags.String("url", "", "the tenant, such as http://127.0.0.1:8700")
	users := flags.Int64("users", 1000, "how many")
	workers := flags.Int("workers", 64, "each with a connection")
	depth := flags.Int("depth", 0, "requests at once on a connection, by bare sockets (0: one, by net/http)")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	at, err := url.Parse(*tenant)
	if err != nil || at.Host == "" {
		return 0, errors.Join(fmt.Errorf("-url %q is no URL", *tenant), err)
	}
	l := &loop{
		base:  *tenant + "/integration/ws/management/rest/users/",
		host:  at.Host,
		users: *users,
		header: http.Header{
			"Accept":                  {"application/vnd.netex.nlc-api+json"},
			"User-Agent":              {"loop"},
			"X-Cloud-Auth-Token":      {os.Getenv("OFFBOARD_TOKEN")},
			"X-Cloud-Synchronization": {"synchronous"},
		},
	}
	work := l.byHTTP(*workers)
	if *depth > 0 {
		work = func() error { return l.bySocket(*depth) }
	}
	var group errgroup.Group
	for range *workers {
		group.Go(work)
	}
	err = group.Wait()
	return l.good.Load(), err
}

// request is the next one, or nil when all are taken.
func (l *loop) request() (*http.Request, error) {
	n := l.next.Add(1)
	if n > l.users {
		return nil, nil
	}
	req, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%suser%06d/deactivate", l.base, n), nil)
	if err != nil {
		return nil, err
	}
	req.Header = l.header
	return req, nil
}
