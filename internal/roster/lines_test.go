package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// endless is a header, an open quote, and rows without end.
type endless struct {
	head io.Reader
	row  []byte
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.head.Read(p)
	if errors.Is(err, io.EOF) {
		n = copy(p, bytes.Repeat(e.row, len(p)/len(e.row)+1))
	}
	e.read += n
	return n, nil
}

// A missing quote costs the memory of one record, at any size of file.
func TestOpenQuoteIsBounded(t *testing.T) {
	for _, row := range []string{"cid,z\n", "z"} {
		in := &endless{head: strings.NewReader("user,name\nann,x\nbob,\"y\n"), row: []byte(row)}
		r := &Roster{name: "leavers.csv", open: func() (io.ReadCloser, error) { return io.NopCloser(in), nil }, header: make([]string, 2)}
		p, err := r.pass(',')
		if err != nil {
			t.Fatal(err)
		}
		var found *fault
		for found == nil {
			if found, err = p.read(func() error { _, err := p.csv.Read(); return err }); err != nil {
				t.Fatal(err)
			}
		}
		if found.Line != 3 || found.kind != openQuote {
			t.Errorf("got %v", found)
		}
		if most := maxRecord + 256<<10; in.read > most {
			t.Errorf("read %d bytes, want at most %d", in.read, most)
		}
		if _, err := p.read(nil); !errors.Is(err, io.EOF) {
			t.Errorf("after it: got %v", err)
		}
	}
}

func TestRecordSize(t *testing.T) {
	row := func(size int) string { return "ann," + strings.Repeat("x", size-5) + "\n" }
	for size, sound := range map[int]bool{maxRecord: true, maxRecord + 1: false} {
		blank := strings.Repeat("\n", maxRecord) // belongs to no record
		for _, text := range []string{row(size), blank + row(size), row(100) + row(size), strings.TrimSpace(row(size))} {
			r := mustOpen(t, "user,name\n"+text, Options{})
			if _, err := r.Check(t.Context(), false, func(Skip) error { return nil }); (err == nil) != sound {
				t.Errorf("record of %d bytes: got %v", size, err)
			}
		}
	}
}

func TestLinesKeepValues(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a,\"b\r\nc\"\r\n", "b\r\nc"},
		{"a,\"b\r\n\r\n\"\r\n", "b\r\n\r\n"},
		{"a,\"b\nc\"\r\n", "b\nc"},
		{"a,\"b\"\"\r\n\"\"\"\r\n", "b\"\r\n\""},
		{"a,\"\r\"\r\n", "\r"},
		{"a,\"b\r\r\nc\"", "b\r\r\nc"},
		{"\"\r\n\",b\r\n", "b"},
		{"a,b\r\n", "b"},
	}
	for _, test := range tests {
		for _, r := range []io.Reader{strings.NewReader(test.in), iotest.OneByteReader(strings.NewReader(test.in)), iotest.DataErrReader(strings.NewReader(test.in))} {
			l := newLines(r)
			l.begin()
			got, err := csv.NewReader(l).Read()
			if err != nil || len(got) != 2 || got[1] != test.want {
				t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
			}
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, text := range []string{"user,name\nann,x\nbob", "user,name\nann,x\nbob,\"", "user,name\nann,x\n\"b\"ob", "user,na"} {
		r := newRoster("leavers.csv", func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))), nil
		})
		if err := r.settle(Options{}); !errors.Is(err, broken) {
			t.Errorf("settle: got %v", err)
		}
		r.header, r.dialect.Delimiter = []string{"user", "name"}, ','
		if _, err := r.Check(t.Context(), true, noSkip); !errors.Is(err, broken) {
			t.Errorf("%q: Check: got %v", text, err)
		}
		if err := last(r.Users()); !errors.Is(err, broken) {
			t.Errorf("%q: Users: got %v", text, err)
		}
		if err := last(r.Records()); !errors.Is(err, broken) {
			t.Errorf("%q: Records: got %v", text, err)
		}
	}
}

func TestSepLine(t *testing.T) {
	for line, want := range map[string]rune{
		"sep=;\n": ';', "SEP=\t\r\n": '\t', "\"sep=,\"\n": ',', "sep=€\n": '€', "sep=|": '|',
		"sep=\n": 0, "sep=;;\n": 0, "sep=\"\n": 0, "user\n": 0, "\n": 0, "sep=; and much more than that\n": 0, "separator\n": 0,
	} {
		if got := sepLine([]byte(line)); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
