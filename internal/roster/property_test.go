package roster

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// Any table, in any dialect, reads back as it was written.
func TestRoundTrip(t *testing.T) {
	encodings := map[string]encoding.Encoding{
		"":             encoding.Nop,
		"utf-8":        unicode.UTF8BOM,
		"windows-1252": charmap.Windows1252,
		"utf-16":       utf16leBOM,
		"utf-16le":     utf16le,
		"utf-16be":     utf16be,
	}
	names := []string{"", "utf-8", "windows-1252", "utf-16", "utf-16le", "utf-16be"}
	path := filepath.Join(t.TempDir(), "table.csv")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "encoding")
		delimiter := rapid.SampledFrom(delimiters).Draw(t, "delimiter")
		crlf := rapid.Bool().Draw(t, "crlf")
		table := drawTable(t, encodings[name], delimiter)

		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma, w.UseCRLF = delimiter, crlf
		if err := w.WriteAll(table); err != nil {
			t.Fatal(err)
		}
		data, err := encodings[name].NewEncoder().Bytes(text.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}

		r, err := Open(path, "table.csv", Options{Encoding: name})
		if err != nil {
			t.Fatal(describe(err))
		}
		got := [][]string{r.Header()}
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(describe(err))
			}
			got = append(got, slices.Clone(rec.Fields))
		}
		if want := written(table, crlf); !reflect.DeepEqual(got, want) {
			t.Fatalf("got:\n%q\nwant:\n%q", got, want)
		}
	})
}

// Whatever rows are wanted of any text, they are those that all users have,
// and what is wrong with it is told in the same words.
func TestWanted(t *testing.T) {
	special := []rune{'"', '"', '\n', '\n', '\n', '\r', ',', ',', 'a', 'b', 'é', '\uFFFD'}
	path := filepath.Join(t.TempDir(), "table.csv")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom(special), 0, 200, -1).Draw(t, "text")
		text = strings.ReplaceAll(text, "\uFFFD", rapid.SampledFrom([]string{"\xFF", strings.Repeat("x", 70_000)}).Draw(t, "odd"))
		if err := os.WriteFile(path, []byte("user,name\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, "table.csv", Options{Encoding: "utf-8", LazyQuotes: rapid.Bool().Draw(t, "lazy")})
		if err != nil {
			t.Skip(describe(err))
		}
		rows := rapid.SliceOfN(rapid.Bool(), 256, 256).Draw(t, "wanted")
		total := 0
		for row := range r.rows(context.Background(), everyRow) {
			total = max(total, row.Row)
		}
		wanted := func(row int) bool {
			if row > total {
				t.Fatalf("asked for row %d of %d", row, total)
			}
			return rows[row]
		}
		if got, want := told(r.Wanted(wanted), wanted), told(r.Users(), wanted); !slices.Equal(got, want) {
			t.Fatalf("got:\n%q\nwant:\n%q", got, want)
		}
	})
}

// told is what comes of reading users, as far as their rows are wanted.
func told(users iter.Seq2[User, error], wanted func(row int) bool) (all []string) {
	for u, err := range users {
		if err != nil {
			return append(all, describe(err))
		}
		if wanted(u.Row) {
			all = append(all, fmt.Sprintf("%.40v", u))
		}
	}
	return all
}

func drawTable(t *rapid.T, enc encoding.Encoding, delimiter rune) [][]string {
	special := []rune{'"', '\n', '\r', ' ', 'é', '\u00a0', '=', delimiter, ',', ';', '\t', '|'}
	cell := rapid.OneOf(
		rapid.StringOf(rapid.RuneFrom(special)),
		rapid.String().Filter(func(s string) bool { return encodable(enc, s) }),
	)
	width := rapid.IntRange(2, 5).Draw(t, "width")
	table := [][]string{append([]string{"user"}, rapid.SliceOfN(rapid.StringMatching("x[a-z ]*"), width-1, width-1).Draw(t, "header")...)}
	return append(table, rapid.SliceOf(rapid.SliceOfN(cell, width, width)).Draw(t, "rows")...)
}

func encodable(enc encoding.Encoding, s string) bool {
	if strings.ContainsAny(s, "\x00\uFFFD") || !utf8.ValidString(s) {
		return false
	}
	b, err := enc.NewEncoder().String(s)
	if err != nil {
		return false
	}
	back, err := enc.NewDecoder().String(b)
	return err == nil && back == s
}

// written is what csv.Writer makes of table: with CRLF, line breaks become that too.
func written(table [][]string, crlf bool) [][]string {
	if !crlf {
		return table
	}
	want := make([][]string, len(table))
	for i, row := range table {
		for _, cell := range row {
			want[i] = append(want[i], strings.ReplaceAll(strings.ReplaceAll(cell, "\r", ""), "\n", "\r\n"))
		}
	}
	return want
}
