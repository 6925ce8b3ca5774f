package settings

import (
	"maps"
	"slices"
)

// The keys that say where a token goes, and which.
const (
	BaseURL      = "base-url"
	TokenFile    = "token-file"
	TokenCommand = "token-command"
	CACert       = "ca-cert"
)

// Companions belong to the base URL that stands in the same table: a token goes
// to no other host than the one that it is of.
var Companions = []string{TokenFile, TokenCommand, CACert}

// For returns the settings for a tenant, or the common ones for "". The
// tenant's own win; if it has an address of its own, it does not inherit what
// belongs to another one.
func (f *File) For(tenant string) (Table, bool) {
	if tenant == "" {
		return maps.Clone(f.Top), true
	}
	own, ok := f.Tenants[tenant]
	if !ok {
		return nil, false
	}
	merged := maps.Clone(f.Top)
	if own.has(BaseURL) && merged.has(BaseURL) {
		merged.Drop(Companions...)
	}
	if own.has(TokenFile) || own.has(TokenCommand) {
		merged.Drop(TokenFile, TokenCommand)
	}
	maps.Copy(merged, own)
	return merged, true
}

// Names are the tenants that have a table, by name.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Tenants)) }

// At returns the name of the first tenant whose base URL fits.
func (f *File) At(fits func(baseURL string) bool) (string, bool) {
	for _, name := range f.Names() {
		if v := f.Tenants[name][BaseURL]; len(v.Texts) == 1 && fits(v.Texts[0]) {
			return name, true
		}
	}
	return "", false
}

func (t Table) has(key string) bool { _, ok := t[key]; return ok }

// Drop forgets keys.
func (t Table) Drop(keys ...string) {
	for _, key := range keys {
		delete(t, key)
	}
}
