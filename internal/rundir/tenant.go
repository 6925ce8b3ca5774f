package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// Reserve makes this process the only one that works at a tenant from the
// folder in which the run's folder stands, until the run's folder is closed or
// the process ends. It returns an *InUseError if another one does.
func (d *Dir) Reserve(tenant string) error {
	l, err := hold(filepath.Join(filepath.Dir(d.abs()), reservation(tenant)))
	if err != nil {
		return err
	}
	d.tenant = l
	return nil
}

// release gives the tenant back. The file goes while it is held, as in Abandon;
// on Windows it stays.
func (d *Dir) release() error {
	if d.tenant == nil {
		return nil
	}
	l := d.tenant
	d.tenant = nil
	os.Remove(l.Path())
	return l.Close()
}

// reservation is the name of the lock of a tenant: legible, and different for
// every base URL.
func reservation(tenant string) string {
	legible := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.TrimPrefix(strings.TrimPrefix(tenant, "https://"), "http://"))
	sum := sha256.Sum256([]byte(tenant))
	return ".offboard-" + legible[:min(len(legible), 80)] + "-" + hex.EncodeToString(sum[:4]) + ".lock"
}
