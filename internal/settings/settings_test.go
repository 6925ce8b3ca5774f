package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var names = strings.Fields("base-url token-file token-command ca-cert rate burst yes drop")

func read(t *testing.T, text string) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "offboard.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path, func(key string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+key+" ") })
	if e, ok := err.(*Error); ok {
		e.Path = "F"
	}
	return f, err
}

func TestRead(t *testing.T) {
	_, err := read(t, `# common
rate = "5/s"
burst = 0x10
yes = true
drop = ["a", "b"]

[tenants.acme]
base-url = "https://acme.example"

[tenants."two words"]
rate = "unlimited"
tenants.x = 1
`)
	if err == nil || err.Error() != `F:12: "tenants" is no setting` {
		t.Errorf("got %v", err)
	}
	f, err := read(t, "rate = \"5/s\"\nburst = 16\nyes = true\ndrop = [\"a\", 2]\n[tenants.\"two words\"]\nrate = '1/m'\n[tenants]\ninline = { rate = '2/m' }\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "map[burst:{[16] 2} drop:{[a 2] 4} rate:{[5/s] 1} yes:{[true] 3}] map[inline:map[rate:{[2/m] 8}] two words:map[rate:{[1/m] 6}]]"
	if got := fmt.Sprint(f.Top, f.Tenants); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWrong(t *testing.T) {
	for text, want := range map[string]string{
		"rate = 1\n\nrat = 1\nq = 2\n":               `F:3: "rat" is no setting`,
		"[tenants.a]\nrate = 1\n\nx.y = 1\n":         `F:4: "x" is no setting`,
		"[rate]\nx = 1\n":                            `F:1: "rate" must be a text, a number, true or false, or a list of these`,
		"rate = 2026-01-01\n":                        `F:1: "rate" must be a text, a number, true or false, or a list of these`,
		"drop = [['a', 'b']]\n":                      `F:1: "drop" must be a text, a number, true or false, or a list of these`,
		"\ntenants = 3\n":                            `F:2: "tenants" must hold tables, such as [tenants.acme]`,
		"[tenants]\nacme = 'https://acme.example'\n": `F:2: "acme" must be a table: [tenants.acme]`,
		"[[tenants]]\n":                              `F:1: "tenants" must hold tables, such as [tenants.acme]`,
		"rate = 1\nrate = 2\n":                       `F:2: `,
		"rate = 1\nburst = = 's3cr3t'\n":             `F:2: `,
	} {
		_, err := read(t, text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("the error shows a value: %v", err)
		}
	}
}

// TestFor: what is a tenant's own wins, and no token goes to another address.
func TestFor(t *testing.T) {
	const common = "rate = '1/s'\nbase-url = 'https://main'\ntoken-file = 'main'\nca-cert = 'main'\n"
	for _, c := range []struct{ text, tenant, want string }{
		{common, "", "map[base-url:https://main ca-cert:main rate:1/s token-file:main]"},
		{common + "[tenants.a]\nbase-url = 'https://a'\n", "a", "map[base-url:https://a rate:1/s]"},
		{common + "[tenants.a]\nrate = '2/s'\n", "a", "map[base-url:https://main ca-cert:main rate:2/s token-file:main]"},
		{"token-file = 'all'\n[tenants.a]\nbase-url = 'https://a'\n", "a", "map[base-url:https://a token-file:all]"},
		{"token-file = 'all'\n[tenants.a]\nbase-url = 'https://a'\ntoken-command = 'ask'\n", "a", "map[base-url:https://a token-command:ask]"},
	} {
		f, err := read(t, c.text)
		if err != nil {
			t.Fatal(err)
		}
		table, ok := f.For(c.tenant)
		got := make(map[string]string)
		for key, v := range table {
			got[key] = v.Texts[0]
		}
		if !ok || fmt.Sprint(got) != c.want {
			t.Errorf("%q: got %v, want %s", c.text, got, c.want)
		}
		if _, ok := f.For("nobody"); ok {
			t.Error("a tenant without a table is there")
		}
	}
}
