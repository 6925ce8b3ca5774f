package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// scan is what one look at all bytes of a file tells about its encoding.
type scan struct {
	size      int64
	magic     string // what kind of binary file it is
	mark      string // encoding that a byte order mark or the NULs of UTF-16 show
	bom       int    // length of the byte order mark
	lines     int    // line feeds
	column    int    // bytes since the last one
	nul       int    // line of the first NUL
	bad       int    // line of the first byte that is not UTF-8
	badCol    int    // and its column
	multibyte bool   // has UTF-8 sequences of several bytes
}

const scanChunk = 64 << 10

func scanText(r io.Reader) (scan, error) {
	var s scan
	b := bufio.NewReaderSize(r, scanChunk)
	for {
		p, err := b.Peek(scanChunk)
		if err != nil && !errors.Is(err, io.EOF) {
			return s, err
		}
		if len(p) == 0 {
			return s, nil
		}
		if s.size == 0 {
			s.start(p)
		}
		if err == nil {
			p = p[:whole(p)]
		}
		s.add(p)
		if _, err := b.Discard(len(p)); err != nil {
			return s, err
		}
	}
}

// whole returns the length of p without an unfinished UTF-8 sequence at its end.
func whole(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if utf8.FullRune(p[i:]) {
				return len(p)
			}
			return i
		}
	}
	return len(p)
}

func (s *scan) start(p []byte) {
	for _, m := range magics {
		if bytes.HasPrefix(p, []byte(m.prefix)) {
			s.magic = m.name
		}
	}
	for _, m := range marks {
		if bytes.HasPrefix(p, []byte(m.prefix)) {
			s.mark, s.bom = m.name, len(m.prefix)
			return
		}
	}
	s.mark = wide(p)
}

var magics = []struct{ prefix, name string }{
	{"PK\x03\x04", "a zip archive or an .xlsx workbook"},
	{"%PDF", "PDF"},
	{"\xD0\xCF\x11\xE0", "an old .xls workbook"},
	{"\x1F\x8B", "gzip"},
}

var marks = []struct{ prefix, name string }{
	{"\xEF\xBB\xBF", utf8Name},
	{"\xFF\xFE", utf16leName},
	{"\xFE\xFF", utf16beName},
}

// wide recognises UTF-16 without a mark: in the ASCII part of its text, and a
// roster's header and delimiters are such, every second byte is NUL.
func wide(p []byte) string {
	var even, odd int
	for i, c := range p {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	few := max(2, len(p)/20)
	switch {
	case odd > few && odd > 2*even:
		return utf16leName
	case even > few && even > 2*odd:
		return utf16beName
	}
	return ""
}

func (s *scan) add(p []byte) {
	if s.mark == "" || s.mark == utf8Name {
		s.addText(p)
	}
	s.size += int64(len(p))
	s.lines, s.column = s.at(p)
}

// at is the line feeds before the end of p, the next text, and the bytes since
// the last one.
func (s *scan) at(p []byte) (lines, column int) {
	last := bytes.LastIndexByte(p, '\n')
	if last < 0 {
		return s.lines, s.column + len(p)
	}
	return s.lines + bytes.Count(p, newline), len(p) - last - 1
}

func (s *scan) addText(p []byte) {
	if i := bytes.IndexByte(p, 0); i >= 0 && s.nul == 0 {
		before, _ := s.at(p[:i])
		s.nul = before + 1
	}
	if utf8.Valid(p) {
		s.multibyte = s.multibyte || utf8.RuneCount(p) < len(p)
		return
	}
	for i := 0; i < len(p); {
		c, n := utf8.DecodeRune(p[i:])
		if n > 1 {
			s.multibyte = true
		} else if c == utf8.RuneError && s.bad == 0 {
			before, column := s.at(p[:i])
			s.bad, s.badCol = before+1, column+1
		}
		i += n
	}
}
