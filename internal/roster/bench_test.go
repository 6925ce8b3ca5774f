package roster

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func BenchmarkCheck(b *testing.B) {
	const rows = 100_000
	for name, enc := range map[string]encoding.Encoding{
		"utf-8":        nil,
		"windows-1252": charmap.Windows1252,
		"utf-16":       unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	} {
		b.Run(name, func(b *testing.B) {
			path := bigRoster(b, rows, enc)
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open(path, "big.csv", Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Check(b.Context(), false, func(Skip) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

func BenchmarkWanted(b *testing.B) {
	const rows = 100_000
	r, err := Open(bigRoster(b, rows, nil), "big.csv", Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, wanted := range map[string]func(int) bool{
		"all":  everyRow,
		"last": func(row int) bool { return row == rows },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := last(r.Wanted(wanted)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

func bigRoster(b *testing.B, rows int, enc encoding.Encoding) string {
	path := filepath.Join(b.TempDir(), "big.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	defer w.Flush()
	write := func(s string) {
		if enc != nil {
			s, err = enc.NewEncoder().String(s)
		}
		if _, werr := w.WriteString(s); err != nil || werr != nil {
			b.Fatal(err, werr)
		}
	}
	write("name,user,department\n")
	var s strings.Builder
	for i := range rows {
		fmt.Fprintf(&s, "Müller %d,user%d@example.com,Sales\n", i, i)
	}
	if enc != nil && strings.HasPrefix(fmt.Sprint(enc), "UTF-16") {
		enc = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	}
	write(s.String())
	return path
}
