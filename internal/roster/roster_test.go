package roster

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// openText opens text as the roster leavers.csv.
func openText(t testing.TB, text string, opts Options) (*Roster, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path, "leavers.csv", opts)
}

func mustOpen(t testing.TB, text string, opts Options) *Roster {
	t.Helper()
	r, err := openText(t, text, opts)
	if err != nil {
		t.Fatal(describe(err))
	}
	return r
}

// collect copies what seq yields.
func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(describe(err))
		}
		all = append(all, v)
	}
	return all
}

func records(t testing.TB, r *Roster) [][]string {
	t.Helper()
	var all [][]string
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(describe(err))
		}
		all = append(all, slices.Clone(rec.Fields))
	}
	return all
}

// describe writes an error as an operator would see it.
func describe(err error) string {
	e, ok := errors.AsType[*InputError](err)
	if !ok {
		return err.Error()
	}
	lines := []string{e.Error()}
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(append(lines, "hint: "+e.Hint), "\n")
}

func encoded(t testing.TB, enc encoding.Encoding, text string) string {
	t.Helper()
	s, err := enc.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	utf16le    = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16leBOM = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	utf16be    = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf16beBOM = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
)

func TestExports(t *testing.T) {
	spanish := encoded(t, charmap.Windows1252, "Apellido;Usuario;Username\r\nMuñoz;x;jmuñoz\r\n\"Peña; hija\";y;apeña\r\n")
	tests := []struct {
		name    string
		text    string
		opts    Options
		dialect Dialect
		header  []string
		users   []User
	}{
		{
			name:    "Spanish Excel",
			text:    spanish,
			dialect: Dialect{Delimiter: ';', Encoding: "windows-1252", BOM: true, UserColumn: "Username"},
			header:  []string{"Apellido", "Usuario", "Username"},
			users:   []User{{Row: 1, User: "jmuñoz", Message: ""}, {Row: 2, User: "apeña", Message: ""}},
		},
		{
			name:    "the same, told in another way",
			text:    spanish,
			opts:    Options{Encoding: "Latin1", Delimiter: ';', UserColumn: " USUARIO "},
			dialect: Dialect{Delimiter: ';', Encoding: "windows-1252", BOM: true, UserColumn: "Usuario"},
			header:  []string{"Apellido", "Usuario", "Username"},
			users:   []User{{Row: 1, User: "x", Message: ""}, {Row: 2, User: "y", Message: ""}},
		},
		{
			name:    "Unicode text of Excel",
			text:    encoded(t, utf16leBOM, "Name\tLogin\r\nŽofia 一\tzofia\r\n𝒳\tx\r\n"),
			dialect: Dialect{Delimiter: '\t', Encoding: "utf-16le", BOM: true, UserColumn: "Login"},
			header:  []string{"Name", "Login"},
			users:   []User{{Row: 1, User: "zofia", Message: ""}, {Row: 2, User: "x", Message: ""}},
		},
		{
			name:    "UTF-16 without a mark",
			text:    encoded(t, utf16le, "姓名,user\n一丁,yi\n"),
			dialect: Dialect{Delimiter: ',', Encoding: "utf-16le", BOM: true, UserColumn: "user"},
			header:  []string{"姓名", "user"},
			users:   []User{{Row: 1, User: "yi", Message: ""}},
		},
		{
			name:    "UTF-16 of the other kind",
			text:    encoded(t, utf16be, "user\nann\n"),
			opts:    Options{Encoding: "UTF16"},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-16be", BOM: true, UserColumn: "user"},
			header:  []string{"user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "UTF-16 of the other kind with a mark",
			text:    encoded(t, utf16beBOM, "user\nann\n"),
			dialect: Dialect{Delimiter: ',', Encoding: "utf-16be", BOM: true, UserColumn: "user"},
			header:  []string{"user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "UTF-16 that only the operator knows",
			text:    encoded(t, utf16le, "用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户用户\n一\n"),
			opts:    Options{Encoding: "utf-16", UserColumn: strings.Repeat("用户", 22)},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-16le", BOM: true, UserColumn: strings.Repeat("用户", 22)},
			header:  []string{strings.Repeat("用户", 22)},
			users:   []User{{Row: 1, User: "一", Message: ""}},
		},
		{
			name:    "the other kind that only the operator knows",
			text:    encoded(t, utf16be, "用户\n一\n"+strings.Repeat("丁", 100)),
			opts:    Options{Encoding: "utf-16be", UserColumn: "用户"},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-16be", BOM: true, UserColumn: "用户"},
			header:  []string{"用户"},
			users:   []User{{Row: 1, User: "一", Message: ""}},
		},
		{
			name:    "mark before a quoted header",
			text:    "\xEF\xBB\xBF\"User\",\"Message\"\r\n\"ann\",\"bye\"\r\n\r\nbob, \r\n",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", BOM: true, UserColumn: "User"},
			header:  []string{"User", "Message"},
			users:   []User{{Row: 1, User: "ann", Message: "bye"}, {Row: 2, User: "bob", Message: ""}},
		},
		{
			name:    "line breaks in names, the last line not ended",
			text:    "name,user\n\"Ann\nof \"\"Green\"\" Gables\",ann\n\nBob,bob",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"name", "user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}, {Row: 2, User: "bob", Message: ""}},
		},
		{
			name:    "pipes, blanks around users, messages as they are",
			text:    "ID|MESSAGE |mail\n\u00a0ann \t| so long |a@x\n\u2003bob|\u00a0|b@x\n",
			dialect: Dialect{Delimiter: '|', Encoding: "utf-8", UserColumn: "ID"},
			header:  []string{"ID", "MESSAGE ", "mail"},
			users:   []User{{Row: 1, User: "ann", Message: " so long "}, {Row: 2, User: "bob", Message: ""}},
		},
		{
			name:    "sep= for Excel",
			text:    "sep=;\r\nmail,x;user\r\na@x,y;ann\r\n",
			dialect: Dialect{Delimiter: ';', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"mail,x", "user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "quoted sep= of another character",
			text:    "\"SEP=^\"\nmail^user\na@x^ann\n",
			dialect: Dialect{Delimiter: '^', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"mail", "user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "told delimiter before sep=",
			text:    "sep=;\nuser;x,y\nann,1\n",
			opts:    Options{Delimiter: ',', UserColumn: "y"},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "y"},
			header:  []string{"user;x", "y"},
			users:   []User{{Row: 1, User: "1", Message: ""}},
		},
		{
			name:    "the delimiter that shows a user column, not the most columns",
			text:    "user;a,b,c,d\nann;1,2,3,4\n",
			dialect: Dialect{Delimiter: ';', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"user", "a,b,c,d"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "delimiters within quotes",
			text:    "\"a;b;c\",\"user\"\n1,ann\n",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"a;b;c", "user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "one column",
			text:    "user\nann|x;y\n010\n",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"user"},
			users:   []User{{Row: 1, User: "ann|x;y", Message: ""}, {Row: 2, User: "010", Message: ""}},
		},
		{
			name:    "doubled columns of no interest",
			text:    "note,user,note,Users\n1,ann,2,3\n",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"note", "user", "note", "Users"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "the message column as the user",
			text:    "message,user\nann,x\n",
			opts:    Options{UserColumn: "message"},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "message"},
			header:  []string{"message", "user"},
			users:   []User{{Row: 1, User: "ann", Message: ""}},
		},
		{
			name:    "lazy quotes",
			text:    "user,name\nann,6\" Ann\nbob,\"Bob \"the\" Builder\"\n",
			opts:    Options{LazyQuotes: true},
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", LazyQuotes: true, UserColumn: "user"},
			header:  []string{"user", "name"},
			users:   []User{{Row: 1, User: "ann", Message: ""}, {Row: 2, User: "bob", Message: ""}},
		},
		{
			name:    "UTF-8 by its mark, though a name is not",
			text:    "\xEF\xBB\xBFuser,name\nann,\xE9\nbob,é\n",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", BOM: true, UserColumn: "user"},
			header:  []string{"user", "name"},
			users:   []User{{Row: 2, User: "bob", Message: ""}},
		},
		{
			name:    "header only",
			text:    "user,name",
			dialect: Dialect{Delimiter: ',', Encoding: "utf-8", UserColumn: "user"},
			header:  []string{"user", "name"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := mustOpen(t, test.text, test.opts)
			if got := r.Dialect(); got != test.dialect {
				t.Errorf("dialect:\n got %+v\nwant %+v", got, test.dialect)
			}
			if got := r.Header(); !slices.Equal(got, test.header) {
				t.Errorf("header: got %q, want %q", got, test.header)
			}
			if got := collect(t, r.Users()); !slices.Equal(got, test.users) {
				t.Errorf("users: got %v, want %v", got, test.users)
			}
		})
	}
}

// A view is opened with the dialect of the roster that it comes from.
func TestReopen(t *testing.T) {
	text := encoded(t, utf16leBOM, "Name;User ID;Login;user_id\r\nAnn;x;ann;1\r\n")
	first := mustOpen(t, text, Options{UserColumn: "login"}).Dialect()
	again := mustOpen(t, text, Options{
		UserColumn: first.UserColumn, Delimiter: first.Delimiter, Encoding: first.Encoding, LazyQuotes: first.LazyQuotes,
	})
	if got := again.Dialect(); got != first {
		t.Errorf("got %+v, want %+v", got, first)
	}
}

func TestEncodingNames(t *testing.T) {
	for name, want := range map[string]string{
		"UTF8": "utf-8", "utf-8": "utf-8", " Utf-16LE ": "utf-16le", "utf16be": "utf-16be", "utf16": "utf-16",
		"CP1252": "windows-1252", "latin1": "windows-1252", "ISO-8859-1": "windows-1252", "ebcdic": "", "": "",
	} {
		if got := canonical(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	const header = "a roster is a CSV with a header line"
	const column = "name the column with --user-column, or the separator with --delimiter"
	const asCSV = `save the table as CSV ("CSV UTF-8" in a spreadsheet) and give that file`
	const badHeader = "correct the header line; if it is in order, name the separator with --delimiter"
	tests := []struct {
		name, text string
		opts       Options
		want       []string
	}{
		{"empty", "", Options{}, []string{"leavers.csv: the file is empty", "hint: " + header}},
		{"mark only", "\xEF\xBB\xBF", Options{}, []string{"leavers.csv: the file is empty", "hint: " + header}},
		{"blank lines only", "\n\r\n", Options{}, []string{"leavers.csv: the file is empty", "hint: " + header}},
		{"sep= only", "sep=;", Options{}, []string{"leavers.csv: the file is empty", "hint: " + header}},
		{"no user column", "name,mail\n", Options{}, []string{`leavers.csv: no user column among "name", "mail"`, "hint: " + column}},
		{"no told column", "user,mail\n", Options{UserColumn: "nick"}, []string{`leavers.csv: no column "nick" among "user", "mail"`, "hint: " + column}},
		{"two user columns", "id,mail,Login\n", Options{}, []string{`leavers.csv: more than one user column: "id", "Login"`, "hint: choose one with --user-column"}},
		{"one user column twice", "id,mail, ID\n", Options{}, []string{`leavers.csv: two columns are called "id"`, "hint: rename one of them"}},
		{"the told column twice", "Mail,id,mail\n", Options{UserColumn: "mail"}, []string{`leavers.csv: two columns are called "mail"`, "hint: rename one of them"}},
		{"two message columns", "id,message,Message \n", Options{}, []string{`leavers.csv: two columns are called "message"`, "hint: rename one of them"}},
		{
			"many columns", strings.Repeat("x;", 21) + strings.Repeat("y", 50),
			Options{},
			[]string{"leavers.csv: no user column among " + strings.Repeat(`"x", `, 20) + "2 more", "hint: " + column},
		},
		{"lines of an old Mac", "user,name\rann,Ann\r", Options{}, []string{"leavers.csv: its lines end in a carriage return alone", "hint: save it with Windows or Unix line ends"}},
		{"workbook", "PK\x03\x04abc", Options{}, []string{"leavers.csv: a binary file (a zip archive or an .xlsx workbook)", "hint: " + asCSV}},
		{"told workbook", "PK\x03\x04abc", Options{Encoding: "utf8"}, []string{"leavers.csv: a binary file (a zip archive or an .xlsx workbook)", "hint: " + asCSV}},
		{"old workbook", "\xD0\xCF\x11\xE0", Options{}, []string{"leavers.csv: a binary file (an old .xls workbook)", "hint: " + asCSV}},
		{"PDF", "%PDF-1.7", Options{}, []string{"leavers.csv: a binary file (PDF)", "hint: " + asCSV}},
		{"NUL", "user\nann\n" + strings.Repeat("bob\n", 9) + "\x00", Options{}, []string{"leavers.csv: a binary file (a NUL byte on line 12)", "hint: " + asCSV}},
		{"NUL after a mark", "\xEF\xBB\xBFuser\nann" + strings.Repeat("\nbob", 9) + "\x00", Options{}, []string{"leavers.csv: a binary file (a NUL byte on line 11)", "hint: " + asCSV}},
		{
			"mixed encodings", "user,name\nann,é\nbob,\xE9\n",
			Options{},
			[]string{"leavers.csv: the encoding is ambiguous: mostly UTF-8, but not all of it", "leavers.csv:3:5: not UTF-8, while other text is", "hint: tell it with --encoding utf-8 or --encoding windows-1252"},
		},
		{"unknown encoding", "user\n", Options{Encoding: "ebcdic"}, []string{`leavers.csv: unknown encoding "ebcdic"`, "hint: use one of utf-8, utf-16, utf-16le, utf-16be, windows-1252"}},
		{"contradicted encoding", "\xEF\xBB\xBFuser\n", Options{Encoding: "cp1252"}, []string{"leavers.csv: the text is utf-8, not windows-1252", "hint: leave out --encoding"}},
		{"contradicted UTF-16", encoded(t, utf16leBOM, "user\n"), Options{Encoding: "utf-16be"}, []string{"leavers.csv: the text is utf-16le, not utf-16be", "hint: leave out --encoding"}},
		{"impossible delimiter", "user\n", Options{Delimiter: '"'}, []string{`leavers.csv: '"' cannot be a delimiter`, "hint: use one like , ; | or a tab"}},
		{
			"quote in the header", "user\",name\n",
			Options{},
			[]string{"leavers.csv: the header cannot be read", "leavers.csv:1:5: a quote in a field that does not begin with one", "hint: " + badHeader},
		},
		{
			"open quote in the header", "\n\"user,name\nann,Ann\n",
			Options{},
			[]string{"leavers.csv: the header cannot be read", "leavers.csv:2:1: a quote is opened in the record that begins here and never closed", "hint: " + badHeader},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := openText(t, test.text, test.opts)
			if err == nil {
				t.Fatal("no error")
			}
			if got, want := describe(err), strings.Join(test.want, "\n"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none.csv"), "leavers.csv", Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "leavers.csv: ") {
		t.Errorf("missing file: got %v", err)
	}
	if _, err = Open(t.TempDir(), "leavers.csv", Options{}); err == nil {
		t.Error("a folder: no error")
	}
	if _, ok := errors.AsType[*InputError](err); ok {
		t.Errorf("a folder: got an InputError, %v", err)
	}
}

func TestFileVanishes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "input.csv")
	if err := os.WriteFile(path, []byte("user\nann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, "leavers.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = r.Check(t.Context(), false, noSkip)
	for name, err := range map[string]error{"Check": err, "Users": last(r.Users()), "Records": last(r.Records())} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "leavers.csv: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A file that another program rewrites meanwhile is an error, not a panic.
func TestFileChanges(t *testing.T) {
	r, c := openCounted(t, "name,user\nAnn,ann\n")
	for _, text := range []string{"", "user\nann\n", "name,user,x\nAnn,ann,x\n"} {
		c.text = text
		_, err := r.Check(t.Context(), false, noSkip)
		for name, err := range map[string]error{"Check": err, "Users": last(r.Users()), "Records": last(r.Records())} {
			if err == nil {
				t.Errorf("%q: %s: no error", text, name)
			}
		}
	}
}

// Sequences across the chunks of the scan are whole, and lines count over all.
func TestScanChunks(t *testing.T) {
	for pad := range 4 {
		text := strings.Repeat("x", pad) + strings.Repeat("𝒳", scanChunk/2) + "\n"
		s, err := scanText(strings.NewReader(text))
		want := scan{size: int64(len(text)), lines: 1, multibyte: true}
		if err != nil || s != want {
			t.Errorf("pad %d: got %+v, %v, want %+v", pad, s, err, want)
		}
		s, err = scanText(io.MultiReader(strings.NewReader(text), strings.NewReader("\xF0\x9D")))
		want.size, want.bad, want.badCol, want.column = int64(len(text)+2), 2, 1, 2
		if err != nil || s != want {
			t.Errorf("pad %d, cut: got %+v, %v, want %+v", pad, s, err, want)
		}
		s, err = scanText(strings.NewReader(text[:len(text)-1] + "\xE9"))
		if column := len(text); err != nil || s.bad != 1 || s.badCol != column {
			t.Errorf("pad %d: got %d:%d, %v, want 1:%d", pad, s.bad, s.badCol, err, column)
		}
	}
}

func TestScanWindows1252(t *testing.T) {
	text := strings.Repeat("\xE9\xE8\xE7\n", scanChunk)
	s, err := scanText(strings.NewReader(text))
	want := scan{size: int64(len(text)), lines: scanChunk, bad: 1, badCol: 1}
	if err != nil || s != want {
		t.Errorf("got %+v, %v, want %+v", s, err, want)
	}
}

func TestRecords(t *testing.T) {
	const text = "a,user,b\r\n" +
		" x ,,\"line\r\nline\nline \"\"q\"\"\"\r\n" + // an empty user can be read
		"1,ann\r\n" + // too short
		"2,a\"nn,\r\n" + // a bare quote
		"\r\n" +
		"3,ann,=SUM(A1)\r\n"
	r := mustOpen(t, text, Options{})
	var rows []int
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, rec.Row)
	}
	want := [][]string{{" x ", "", "line\r\nline\nline \"q\""}, {"3", "ann", "=SUM(A1)"}}
	if got := records(t, r); !slices.Equal(rows, []int{1, 4}) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v %q, want %q", rows, got, want)
	}
}
