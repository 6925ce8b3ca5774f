package roster

import (
	"bytes"
	"encoding/csv"
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
