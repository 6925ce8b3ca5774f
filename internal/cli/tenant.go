package cli

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/rundir"
	"github.com/offboard-cli/offboard/internal/simulator"
)

// tenantFlags are about where requests go and with which rights.
type tenantFlags struct {
	baseURL   string
	tokenFile string
	tokenCmd  string
	caCert    string
}

func (t *tenantFlags) register(f *pflag.FlagSet) {
	f.StringVar(&t.baseURL, "base-url", "", "the tenant, such as https://acme.learningcloud.me")
	f.StringVar(&t.tokenFile, "token-file", "", "file with the X-Cloud-Auth-Token (else OFFBOARD_TOKEN)")
	f.StringVar(&t.tokenCmd, "token-command", "", "shell command that prints the token, such as of a password manager")
	f.StringVar(&t.caCert, "ca-cert", "", "PEM file of a private certificate authority")
}

// tenant is where a run's requests go.
type tenant struct {
	name      string // base URL, or simulatorName
	simulated bool
	base      *url.URL
	token     string
	roots     *x509.CertPool
}

const simulatorName = "simulator"

func simulatedTenant() tenant { return tenant{name: simulatorName, simulated: true} }

// tenant examines the flags. No request is made.
func (a *app) tenant(t tenantFlags) (tenant, error) {
	if t.baseURL == "" {
		return tenant{}, usage("add --base-url https://TENANT.learningcloud.me, or --simulate to practise", "no tenant is named")
	}
	base, err := netex.ParseBase(t.baseURL)
	if err != nil {
		return tenant{}, usage("write it as https://acme.learningcloud.me", "--base-url %q: %v", shownURL(t.baseURL), err)
	}
	token, err := a.token(t.tokenFile, t.tokenCmd)
	if err != nil {
		return tenant{}, err
	}
	roots, err := authorities(t.caCert)
	if err != nil {
		return tenant{}, err
	}
	return tenant{name: base.String(), base: base, token: token, roots: roots}, nil
}

// shownURL is an address without the password that it may hold.
func shownURL(s string) string {
	if strings.Contains(s, "@") {
		return "..."
	}
	return s
}

// token reads the secret. It never stands in a message.
func (a *app) token(file, command string) (string, error) {
	const where = "it is read in the product under 'Your account'; put it in OFFBOARD_TOKEN or in a file named by --token-file"
	token, source := a.getenv("OFFBOARD_TOKEN"), "OFFBOARD_TOKEN"
	switch {
	case file != "" && command != "":
		return "", usage("leave one of them out", "--token-file and --token-command do not go together")
	case command != "":
		var err error
		if token, err = a.printedToken(command); err != nil {
			return "", err
		}
		source = "what --token-command prints"
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return "", usage("check the path and who may read it", "--token-file: %v", err)
		}
		a.warnIfShared(file)
		token, source = string(b), file
	}
	token = strings.TrimSpace(token)
	a.secret = token
	if token == "" {
		if file != "" {
			return "", usage(where, "the token file %s is empty", file)
		}
		if command != "" {
			return "", usage("run it by hand to see", "--token-command prints nothing")
		}
		return "", usage(where, "there is no token")
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return "", usage(where, "the token in %s has characters that no token has", source)
		}
	}
	return token, nil
}

func (a *app) warnIfShared(file string) {
	if info, err := os.Stat(file); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		a.log.Warn("the token file can be read by others", "file", file, "mode", info.Mode().Perm().String(), "hint", "chmod 600 "+quote(file))
	}
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("check the path", "--ca-cert: %v", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage("it must hold at least one -----BEGIN CERTIFICATE-----", "--ca-cert: %s holds no certificate", file)
	}
	return pool, nil
}

// connect returns a client of the run's tenant. For a simulated one it starts
// the practice tenant first, as the run's journal left it.
func (a *app) connect(run *opened, mode netex.Mode, p paceFlags) (*netex.Client, func(), error) {
	disconnect := func() {}
	t := run.tenant
	if t.simulated {
		t.token = rand.Text() // others on this machine can reach it too
		server, err := practice(run.dir.File(rundir.Journal), t.token)
		if err != nil {
			return nil, nil, err
		}
		disconnect = func() { server.Close() }
		if t.base, err = netex.ParseBase(server.URL()); err != nil {
			disconnect()
			return nil, nil, err
		}
	}
	client := netex.New(netex.Options{
		Base:        t.base,
		Token:       t.token,
		Mode:        mode,
		Connections: int(p.concurrency),
		Timeout:     time.Duration(p.timeout),
		Roots:       t.roots,
		Version:     a.Version,
		RequestID:   fmt.Sprintf("%s-%d", a.runID, len(run.journal.State().Stages)),
	})
	return client, func() { client.Close(); disconnect() }, nil
}

const (
	practiceToken  = "practice"
	practiceSettle = 3 * time.Second
)

// practice starts a tenant that knows everybody and has done what the journal
// says it has answered.
func practice(record, token string) (*simulator.Server, error) {
	server, err := simulator.Start("127.0.0.1:0", simulator.Options{
		Token:    token,
		Open:     true,
		Practice: true,
		Settle:   practiceSettle,
	})
	if err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	err = journal.Scan(record, func(l journal.Line) error {
		if l.Kind != journal.KindAnswer {
			return nil
		}
		e, err := l.Entry()
		if err != nil || e.Answer.Action == journal.ActionCheck {
			return err
		}
		for _, p := range e.Answer.Platforms {
			server.Tenant().Restore(e.User, e.Answer.Action, p.Name, p.Status, e.At)
		}
		return nil
	})
	if err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

// sameTenant makes sure that a later command on a run goes where the run went.
// given tells that --base-url stands on the command line.
func (a *app) sameTenant(h journal.Header, t tenantFlags, given bool) (tenant, error) {
	if h.Simulated && given {
		return tenant{}, mismatch("leave --base-url out", "this run was made with --simulate, and goes to no tenant")
	}
	if h.Simulated {
		return simulatedTenant(), nil
	}
	if t.baseURL == "" {
		t.baseURL = h.Tenant
	}
	found, err := a.tenant(t)
	if err != nil {
		return found, err
	}
	if found.name != h.Tenant {
		return found, mismatch("leave --base-url and OFFBOARD_BASE_URL out: the run knows its tenant",
			"this run belongs to %s, not to %s", h.Tenant, found.name)
	}
	return found, nil
}

// loud reminds that nothing real happens.
func (a *app) loud(t tenant, when string) {
	if t.simulated {
		fmt.Fprintf(a.Stderr, "offboard: SIMULATION: %s\n", when)
	}
}

// command is the line to paste that goes on with a run.
func command(verb, dir string) string { return "offboard " + verb + " " + quote(filepath.Clean(dir)) }
