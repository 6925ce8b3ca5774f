package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

type failer interface {
	Helper()
	Fatal(args ...any)
}

func read(t failer, dir, text string) (*Protected, error) {
	t.Helper()
	path := filepath.Join(dir, "protect.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadProtected(path)
}

func TestMatch(t *testing.T) {
	const list = "\uFEFF# service accounts\r\nsvc-*\r\n\r\n   Jane.Doe \r\n@Board.ACME.com\r\n*admin*\r\n" +
		"a*b*c\r\nMüller\r\nACME\\\\root\r\nff808181556ee70e015572136a250012\r\n@*.gov\r\nStraße 5\r\n*.bak\r\nyz*zy\r\n*00*00*"
	p, err := read(t, t.TempDir(), list)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		identifiers string // with a bar between
		want        string
	}{
		{"svc-backup", "svc-*"},
		{"SVC-", "svc-*"},
		{"svc", ""},
		{"x-svc-x", ""},
		{"JANE.DOE", "Jane.Doe"},
		{"jane.doe ", "Jane.Doe"},
		{"jane.doe2", ""},
		{"12|other|jane.doe", "Jane.Doe"},
		{"eve|eve@board.acme.com", "@Board.ACME.com"},
		{"eve@acme.com", ""},
		{"eve@sub.board.acme.com", ""},
		{"eve@board.acme.com.example", ""},
		{"@board.acme.com", "@Board.ACME.com"},
		{"theADMINhere", "*admin*"},
		{"admin", "*admin*"},
		{"abc", "a*b*c"},
		{"a--b--c", "a*b*c"},
		{"ac", ""},
		{"acb", ""},
		{"MÜLLER", "Müller"},
		{norm.NFD.String("müller"), "Müller"},
		{"muller", ""},
		{`acme\\ROOT`, `ACME\\root`},
		{"FF808181556EE70E015572136A250012", "ff808181556ee70e015572136a250012"},
		{"x@tax.gov", "@*.gov"},
		{"x@gov", ""},
		{"STRASSE 5", "Straße 5"},
		{"x.bak", "*.bak"},
		{"yzzy", "yz*zy"},
		{"yzy", ""}, // its middle cannot be both
		{"0000", "*00*00*"},
		{"000", ""},
		{"|", ""},
		{"", ""},
		{"# service accounts", ""},
	}
	for _, test := range tests {
		rule, ok := p.Match(strings.Split(test.identifiers, "|")...)
		if rule != test.want || ok != (test.want != "") {
			t.Errorf("%q: got %q, %v, want %q", test.identifiers, rule, ok, test.want)
		}
	}
	if _, ok := p.Match(); ok {
		t.Error("somebody without identifiers is protected")
	}
}

func TestReadProtectedErrors(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"empty":         {"", " protects nobody: it must name at least one user"},
		"only comments": {"# ann\n\n", " protects nobody: it must name at least one user"},
		"everybody":     {"ann\n*\n", `:2: "*" has no letter or digit: it would fit everybody, or nobody`},
		"all addresses": {"*@*", `:1: "*@*" has no letter or digit: it would fit everybody, or nobody`},
		"no domain":     {"@", `:1: "@" has no letter or digit: it would fit everybody, or nobody`},
		"comma":         {"# x\nann,Ann\n", `:2: "ann,Ann" has ',', as a CSV has: write one user a line and nothing else`},
		"semicolon":     {"user;name", `:1: "user;name" has ';', as a CSV has: write one user a line and nothing else`},
		"tab":           {"ann\tAnn", `:1: "ann\tAnn" has '\t', as a CSV has: write one user a line and nothing else`},
		"quoted":        {`"ann"`, `:1: "\"ann\"" has '"', as a CSV has: write one user a line and nothing else`},
		"control":       {"a\x07", `:1: "a\a" has the character U+0007, which cannot be seen`},
		"old Mac":       {"ann\rbob", `:1: "ann\rbob" has the character U+000D, which cannot be seen`},
		"zero width":    {"bob\nann\u200b", `:2: "ann\u200b" has the character U+200B, which cannot be seen`},
		"later BOM":     {"bob\n\uFEFFann", `:2: "\ufeffann" has the character U+FEFF, which cannot be seen`},
		"replacement":   {"M\uFFFDller", ":1: \"M\uFFFDller\" has the character U+FFFD, which cannot be seen"},
		"Windows-1252":  {"M\xfcller", `:1: "M\xfcller" is not UTF-8: save the list as UTF-8`},
		"UTF-16":        {"\xff\xfea\x00", `:1: "\xff\xfea\x00" is not UTF-8: save the list as UTF-8`},
		"question mark": {"svc-?", `:1: "svc-?" has a ?: only * is a wildcard`},
		"late comment":  {"ann # boss", `:1: "ann # boss" has a comment: give it a line of its own`},
		"exception":     {"svc-*\n!svc-1", `:2: "!svc-1" begins with !: there are no exceptions from other lines`},
		"long":          {"ann\n" + strings.Repeat("x", 256), `:2: "xxxxxxxxxxxxxxxxxxxx"... is 256 bytes long: no user has more than 255`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p, err := read(t, dir, test.text)
			if want := filepath.Join(dir, "protect.txt") + test.want; err == nil || err.Error() != want || p != nil {
				t.Errorf("got %v, %v, want %s", p, err, want)
			}
		})
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none.txt"), t.TempDir()} {
		if _, err := ReadProtected(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// A list protects whom the plain reading of its rules protects, and nobody
// else, in whatever case.
func TestMatchIsPlain(t *testing.T) {
	dir := t.TempDir()
	line := rapid.StringMatching(`[ab*@.-]{0,5}[abéß1][ab*@.-]{0,5}`)
	user := rapid.StringMatching(`[abABéßÉ1@.-]{0,9}`)
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(line, 1, 6).Draw(t, "lines")
		users := rapid.SliceOfN(user, 1, 3).Draw(t, "users")
		p, err := read(t, dir, strings.Join(lines, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		want := false
		for _, l := range lines {
			for _, u := range users {
				want = want || plain(l, u)
			}
		}
		rule, got := p.Match(users...)
		if got != want {
			t.Fatalf("got %q, %v, want %v", rule, got, want)
		}
	})
}

func plain(line, user string) bool {
	if line[0] == '@' {
		line = "*" + line
	}
	double := strings.NewReplacer("ß", "ss")
	line = strings.ReplaceAll(regexp.QuoteMeta(double.Replace(line)), `\*`, ".*")
	return regexp.MustCompile("^(?i:" + line + ")$").MatchString(double.Replace(user))
}

func FuzzReadProtected(f *testing.F) {
	f.Add("ann\nsvc-*\n@x.com", "ann")
	f.Add("\uFEFFÄ*ſ\r\n", "Äs")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, user string) {
		p, err := read(t, dir, text)
		if err != nil {
			return
		}
		if rule, ok := p.Match(user); ok && !strings.Contains(text, rule) {
			t.Errorf("%q is no line of %q", rule, text)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(strings.TrimPrefix(line, "\uFEFF"))
			if line == "" || strings.ContainsAny(line[:1], "#@") || strings.Contains(line, "*") {
				continue
			}
			if _, ok := p.Match("", line); !ok {
				t.Errorf("%q of %q is not protected", line, text)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	var list strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&list, "user%d\nsvc-%d-*\n*.%d@acme.com\n", i, i, i)
	}
	p, err := read(b, b.TempDir(), list.String())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.Match("ff808181556ee70e015572136a250012", "jane.doe", "jane.doe@example.com"); ok {
			b.Fatal("matched")
		}
	}
}

func ExampleProtected_Match() {
	p, err := ReadProtected("testdata/protect.txt")
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Match("17", "SVC-backup"))
	fmt.Println(p.Match("18", "eve", "eve@board.acme.com"))
	fmt.Println(p.Match("19", "jane.doe", "jane.doe@acme.com"))
	// Output:
	// svc-* true
	// @board.acme.com true
	//  false
}
