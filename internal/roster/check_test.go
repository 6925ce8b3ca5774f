package roster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func noSkip(Skip) error { return errors.New("skipped") }

// check returns what Check skips.
func check(t testing.TB, r *Roster, skipInvalid bool) (Report, []Skip, error) {
	t.Helper()
	var skips []Skip
	report, err := r.Check(t.Context(), skipInvalid, func(s Skip) error {
		skips = append(skips, s)
		return nil
	})
	return report, skips, err
}

func TestProblems(t *testing.T) {
	long := strings.Repeat("é", 128)
	tests := []struct {
		name, text string
		want       string // after the file's name; "" for none
	}{
		{"sound", "x,ann", ""},
		{"empty", "x,", ":2:3: empty user"},
		{"zero-width space", "x,an\u200Bn", `:2:3: user "an\u200bn" has the invisible character U+200B`},
		{"byte order mark", "x,\uFEFFann", `:2:3: user "\ufeffann" has the invisible character U+FEFF`},
		{"soft hyphen", "x,ann\u00AD", `:2:3: user "ann\u00ad" has the invisible character U+00AD`},
		{"right to left", "x,\u202Enna", `:2:3: user "\u202enna" has the invisible character U+202E`},
		{"isolate", "x,\u2066ann\u2069", `:2:3: user "\u2066ann\u2069" has the invisible character U+2066`},
		{"line separator", "x,a\u2028b", `:2:3: user "a\u2028b" has the invisible character U+2028`},
		{"filler", "x,a\u3164b", `:2:3: user "a\u3164b" has the invisible character U+3164`},
		{"variation selector", "x,a\uFE0F", `:2:3: user "a\ufe0f" has the invisible character U+FE0F`},
		{"only invisible", "x,\u200B", `:2:3: user "\u200b" has the invisible character U+200B`},
		{"visible beyond ASCII", "x,Zoë-李-ñandú", ""},
		{"blank", "x, \u00a0\t", ":2:3: empty user"},
		{"quoted empty", `"x","","y"`, ":2:8: wrong number of fields: got 3, want 2"},
		{"dot", "x,.", `:2:3: user "." is no name`},
		{"two dots", "xyz, .. ", `:2:5: user ".." is no name`},
		{"three dots", "x,...", ""},
		{"control", "x,a\x07b", `:2:3: user "a\ab" has the control character U+0007`},
		{"tab within", "x,a\tb", `:2:3: user "a\tb" has the control character U+0009`},
		{"line break within", "x,\"a\nb\"", `:2:3: user "a\nb" has the control character U+000A`},
		{"C1 control", "x,a\u0081", `:2:3: user "a\u0081" has the control character U+0081`},
		{"undecodable", "x,a\uFFFDb", `:2:3: user "a�b" has text that could not be decoded`},
		{"255 bytes", "x," + long[:254] + "x", ""},
		{"256 bytes", "x," + long, ":2:3: user of 256 bytes; 255 are allowed"},
		{"rounded", "x,1.23E+11", `:2:3: user "1.23E+11" is a number that a spreadsheet has rounded`},
		{"rounded with a comma", "x,\"1,23E+11\"", `:2:3: user "1,23E+11" is a number that a spreadsheet has rounded`},
		{"rounded by a library", "x,1e+11", `:2:3: user "1e+11" is a number that a spreadsheet has rounded`},
		{"hexadecimal", "x,1e11", ""},
		{"plus address", "x,1+e+11@x", ""},
		{"too many fields", "x,ann,y,z", ":2:7: wrong number of fields: got 4, want 2"},
		{"too few fields", "ann", ":2:1: wrong number of fields: got 1, want 2"},
		{"bare quote", `Joe "Jo",ann`, ":2:5: a quote in a field that does not begin with one"},
		{"undoubled quote", `"Joe "Jo"",ann`, ":2:6: a quote within a quoted field that is not doubled"},
		{"undoubled quote at the end", `x,"a"b`, ":2:5: a quote within a quoted field that is not doubled"},
		{"after a line break in a name", "\"x\ny\",", ":3:4: empty user"},
	}
	for _, test := range tests {
		for _, end := range []string{"", "\n", "\r\n"} {
			t.Run(test.name, func(t *testing.T) {
				r := mustOpen(t, "name,user\n"+test.text+end, Options{})
				_, err := r.Check(t.Context(), false, noSkip)
				if test.want == "" {
					if err != nil {
						t.Fatal(describe(err))
					}
					return
				}
				want := "leavers.csv: 1 of 1 rows cannot be used\nleavers.csv" + test.want + "\nhint: " + hints[badValue]
				if strings.Contains(test.want, "quote ") {
					want = strings.Replace(want, hints[badValue], hints[badQuote], 1)
				}
				if err == nil || describe(err) != want {
					t.Fatalf("got:\n%v\nwant:\n%s", describe(err), want)
				}
				report, skips, err := check(t, r, true)
				if err != nil || report.Invalid != 1 || report.Users != 0 {
					t.Errorf("skipping: got %+v, %v", report, err)
				}
				_, reason, _ := strings.Cut(test.want, ": ")
				if len(skips) != 1 || skips[0].Row != 1 || skips[0].Reason != reason {
					t.Errorf("skipping: got %v, want %q", skips, reason)
				}
			})
		}
	}
}

// A byte that Windows-1252 leaves undefined does not pass as a letter.
func TestUndefinedByte(t *testing.T) {
	r := mustOpen(t, encoded(t, charmap.Windows1252, "user;name\r\nann;Ñ\r\n")+"b\x81b;x\r\n", Options{})
	_, err := r.Check(t.Context(), false, noSkip)
	want := "leavers.csv: 1 of 2 rows cannot be used\n" +
		"leavers.csv:3:1: user \"b\uFFFDb\" has text that could not be decoded\n" +
		"hint: " + hints[badValue]
	if err == nil || describe(err) != want {
		t.Errorf("got %s, want %s", describe(err), want)
	}
}

const broken = "sep=;\r\n" +
	"user;name\r\n" +
	"\r\n" +
	"ann;Ann\r\n" +
	";Nobody\r\n" +
	"bob;\"Bob\r\nof\r\nBonn\"\r\n" +
	"  ..  ;x;y\r\n" +
	"\"c\"d\";x\r\n" +
	"ann;again\r\n" +
	"1,5E+10;x\r\n" +
	"dan;\xE9t\xE9\r\n" +
	"bob;"

func TestAllProblemsAtOnce(t *testing.T) {
	r := mustOpen(t, broken, Options{Encoding: "utf-8"})
	report, err := r.Check(t.Context(), false, noSkip)
	want := strings.Join([]string{
		"leavers.csv: 5 of 9 rows cannot be used",
		"leavers.csv:5:1: empty user",
		"leavers.csv:9:10: wrong number of fields: got 3, want 2",
		"leavers.csv:10:3: a quote within a quoted field that is not doubled",
		`leavers.csv:12:1: user "1,5E+10" is a number that a spreadsheet has rounded`,
		"leavers.csv:13:5: a byte that is not UTF-8",
		"hint: " + hints[badQuote],
	}, "\n")
	if err == nil || describe(err) != want {
		t.Errorf("got:\n%s\nwant:\n%s", describe(err), want)
	}
	if report.Rows != 9 {
		t.Errorf("got %d rows, want 9", report.Rows)
	}
}

func TestSkipInvalid(t *testing.T) {
	r := mustOpen(t, broken, Options{Encoding: "utf-8"})
	report, skips, err := check(t, r, true)
	if err != nil {
		t.Fatal(describe(err))
	}
	if want := (Report{Rows: 9, Users: 2, Invalid: 5, Duplicates: 2, First: []string{"ann", "bob"}}); !reflect.DeepEqual(report, want) {
		t.Errorf("got %+v, want %+v", report, want)
	}
	want := []Skip{
		{Row: 2, User: "", Reason: "empty user", Invalid: true},
		{Row: 4, User: "", Reason: "wrong number of fields: got 3, want 2", Invalid: true},
		{Row: 5, User: "", Reason: "a quote within a quoted field that is not doubled", Invalid: true},
		{Row: 6, User: "ann", Reason: "duplicate of row 1"},
		{Row: 7, User: "1,5E+10", Reason: `user "1,5E+10" is a number that a spreadsheet has rounded`, Invalid: true},
		{Row: 8, User: "", Reason: "a byte that is not UTF-8", Invalid: true},
		{Row: 9, User: "bob", Reason: "duplicate of row 3"},
	}
	if !slices.Equal(skips, want) {
		t.Errorf("got %v, want %v", skips, want)
	}
	users := []User{{Row: 1, User: "ann"}, {Row: 3, User: "bob"}, {Row: 6, User: "ann"}, {Row: 9, User: "bob"}}
	if got := collect(t, r.Users()); !slices.Equal(got, users) {
		t.Errorf("got %v, want %v", got, users)
	}
}

// What may hide other rows is never skipped.
func TestFatal(t *testing.T) {
	tests := []struct {
		name, text string
		lazy       bool
		want       string
		kind       kind
	}{
		{"open quote", "ann,x\nbob,\"x\ncid,y\n", false, ":3:1: a quote is opened in the record that begins here and never closed", openQuote},
		{"open quote on the last line", "ann,\"x", false, ":2:1: a quote is opened in the record that begins here and never closed", openQuote},
		{"open quote, lazily", "ann,x\nbob,\"x\n", true, ":3:1: a quote is opened in the record that begins here and never closed", openQuote},
		{"big field", "ann,x\n\n\"" + strings.Repeat("y\n", 3<<19) + "\",z\nbob,x\n", false, ":4:1: a record of over 1 MiB begins here; a quote may be missing, and nothing after it was read", openQuote},
		{"big line", "ann,x\n" + strings.Repeat("y\"", 3<<19) + ",z\nbob,x\n", false, ":3:1: a record of over 1 MiB begins here; a quote may be missing, and nothing after it was read", openQuote},
		{"rows within quotes", "ann,\"x\nbob,y\ncid,\"z\"\n", false, ":2:1: a quote within a quoted field that is not doubled, in the record of lines 2 to 4", badRecord},
		{"rows in a long record", "ann,\"x\nbob,y\ncid,\",z\n", false, ":2:1: wrong number of fields: got 3, want 2, in the record of lines 2 to 4", badRecord},
		{"line break, lazily", "ann,\"x\nbob,y\"\n", true, ":2:1: a line break within quotes; with --lazy-quotes it may be a missing quote that hides the rows after it", brokenLine},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := mustOpen(t, "user,name\n"+test.text, Options{LazyQuotes: test.lazy})
			for _, skipInvalid := range []bool{false, true} {
				_, err := r.Check(t.Context(), skipInvalid, noSkip)
				e, ok := errors.AsType[*InputError](err)
				if !ok || e.Total != 1 || e.Problems[0].String() != "leavers.csv"+test.want || e.Hint != hints[test.kind] {
					t.Errorf("got:\n%v\nwant:\n%s", describe(err), test.want)
				}
			}
			for name, err := range map[string]error{"Users": last(r.Users()), "Records": last(r.Records())} {
				if e, ok := errors.AsType[*InputError](err); !ok || e.Problems[0].String() != "leavers.csv"+test.want {
					t.Errorf("%s: got %v, want %s", name, err, test.want)
				}
			}
		})
	}
}

// last returns the error that seq ends with.
func last[T any](seq iter.Seq2[T, error]) (err error) {
	for _, e := range seq {
		err = e
	}
	return err
}

// A fatal problem does not keep the others from being told, nor are any skipped.
func TestFatalAmongOthers(t *testing.T) {
	r := mustOpen(t, "user,name\n,x\nann,\"x\n\"y\n,z\nbob,\"", Options{})
	_, err := r.Check(t.Context(), false, noSkip)
	want := strings.Join([]string{
		"leavers.csv: 4 of 4 rows cannot be used",
		"leavers.csv:2:1: empty user",
		"leavers.csv:3:1: a quote within a quoted field that is not doubled, in the record of lines 3 to 4",
		"leavers.csv:5:1: empty user",
		"leavers.csv:6:1: a quote is opened in the record that begins here and never closed",
		"hint: " + hints[openQuote],
	}, "\n")
	if err == nil || describe(err) != want {
		t.Errorf("got:\n%s\nwant:\n%s", describe(err), want)
	}
	_, err = r.Check(t.Context(), true, noSkip)
	if e, ok := errors.AsType[*InputError](err); !ok || e.Total != 2 {
		t.Errorf("got %v, want the two fatal ones", err)
	}
}

func TestManyProblems(t *testing.T) {
	r := mustOpen(t, "user,name\n"+strings.Repeat(",x\n", 2500), Options{})
	_, err := r.Check(t.Context(), false, noSkip)
	e, ok := errors.AsType[*InputError](err)
	if !ok || e.Total != 2500 || len(e.Problems) != 1000 || e.Problems[999].Line != 1001 {
		t.Errorf("got %v", err)
	}
}

func TestEmptyRoster(t *testing.T) {
	report, skips, err := check(t, mustOpen(t, "user\n", Options{}), false)
	if err != nil || skips != nil || !reflect.DeepEqual(report, Report{}) {
		t.Errorf("got %+v, %v, %v", report, skips, err)
	}
}

func TestFirst(t *testing.T) {
	report, _, err := check(t, mustOpen(t, "user\na\na\n..\nb\nc\nd\n", Options{}), true)
	if err != nil || !slices.Equal(report.First, []string{"a", "b", "c"}) {
		t.Errorf("got %q, %v", report.First, err)
	}
}

func TestCheckCancelled(t *testing.T) {
	r := mustOpen(t, "user\n"+strings.Repeat("a\n", 10_000), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	skipped := 0
	_, err := r.Check(ctx, false, func(Skip) error {
		skipped++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || skipped > 5000 {
		t.Errorf("got %v after %d skips", err, skipped)
	}
	if _, err := r.Check(ctx, false, noSkip); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSkipFails(t *testing.T) {
	full := errors.New("disk full")
	r := mustOpen(t, "user\na\na\na\n", Options{})
	calls := 0
	_, err := r.Check(t.Context(), false, func(Skip) error { calls++; return full })
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func ExampleProblem() {
	fmt.Println(Problem{File: "leavers.csv", Line: 17, Column: 3, Text: "empty user"})
	fmt.Println(Problem{File: "leavers.csv", Line: 18, Column: 25, Text: "wrong number of fields: got 4, want 3"})
	// Output:
	// leavers.csv:17:3: empty user
	// leavers.csv:18:25: wrong number of fields: got 4, want 3
}
