package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRecord is how many bytes of UTF-8 one record may have. A missing quote would
// otherwise take the rest of the file into memory as one record.
const maxRecord = 1 << 20

var errRecordSize = errors.New("record of over 1 MiB")

// lines hands text to a csv.Reader one line at a time. The csv.Reader asks only for
// what the current record needs, so lines knows how much that is.
type lines struct {
	r     *bufio.Reader
	lazy  bool
	dirty bool // look for bytes that are not UTF-8

	long       []byte // a line that the buffer of r cannot hold
	rest, tail []byte // of the current line, not handed over yet
	line       int    // the current line
	sep        rune   // told by a first line like "sep=;"
	err        error  // io.EOF means that the record wants more than there is

	// Of the current record:
	first           int // its first line, 0 before it is known
	size            int
	quoted          bool // the current line ends within quotes
	badLine, badCol int  // its first byte that is not UTF-8
}

func newLines(r io.Reader) *lines {
	return &lines{r: bufio.NewReaderSize(r, 64<<10)}
}

// begin is called before each record.
func (l *lines) begin() {
	l.first, l.size, l.quoted, l.badLine, l.badCol = 0, 0, false, 0, 0
}

// plain is the length of the next record if that lies ready, and is one line for
// certain, as it is without quotes; or else 0.
func (l *lines) plain() int {
	if l.err != nil || len(l.rest)+len(l.tail) > 0 {
		return 0
	}
	ahead, _ := l.r.Peek(l.r.Buffered())
	line := ahead[:bytes.IndexByte(ahead, '\n')+1]
	if blank(line) || bytes.Contains(line, quote) {
		return 0
	}
	return len(line)
}

// skip passes over a plain record.
func (l *lines) skip(plain int) {
	l.line++
	_, _ = l.r.Discard(plain) // it is in the buffer
}

func (l *lines) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		l.rest, l.tail = l.tail, nil
	}
	if len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		if l.err = l.next(); l.err != nil {
			return 0, l.err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *lines) next() error {
	line, err := l.readLine()
	if errors.Is(err, io.EOF) && len(line) > 0 {
		// With every line ended, only an open quote asks for more at the end.
		line, err = slices.Concat(line, newline), nil
	}
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	return l.take(line)
}

// readLine returns a line with its end, or the first part of one that is too long,
// valid until it is called again.
func (l *lines) readLine() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	l.long = append(l.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) && len(l.long) <= maxRecord {
		line, err = l.r.ReadSlice('\n')
		l.long = append(l.long, line...)
	}
	return l.long, err
}

// take makes line the current one.
func (l *lines) take(line []byte) error {
	l.line++
	if l.line == 1 {
		l.sep = sepLine(line)
	}
	if l.line == 1 && l.sep != 0 || l.first == 0 && blank(line) {
		l.rest = newline // csv.Reader leaves it out, but counts it
		return nil
	}
	if l.first == 0 {
		l.first = l.line
	}
	if l.size += len(line); l.size > maxRecord {
		return errRecordSize
	}
	if l.dirty && l.badLine == 0 {
		l.inspect(line)
	}
	l.hand(line)
	return nil
}

// hand makes line ready for Read. csv.Reader turns a \r\n within quotes into \n,
// which would alter the roster's values; a second \r keeps the first.
func (l *lines) hand(line []byte) {
	l.rest = line
	l.quoted = l.quoted != (bytes.Count(line, quote)%2 == 1)
	if l.quoted && !l.lazy && bytes.HasSuffix(line, crlf) {
		l.rest, l.tail = line[:len(line)-1], crlf
	}
}

func (l *lines) inspect(line []byte) {
	for i := 0; i < len(line); {
		c, n := utf8.DecodeRune(line[i:])
		if c == utf8.RuneError && n == 1 {
			l.badLine, l.badCol = l.line, i+1
			return
		}
		i += n
	}
}

var (
	newline = []byte("\n")
	crlf    = []byte("\r\n")
	quote   = []byte(`"`)
)

func blank(line []byte) bool {
	return bytes.Equal(line, newline) || bytes.Equal(line, crlf)
}

// sepLine returns the delimiter that a line like "sep=;" tells a spreadsheet, or 0.
func sepLine(line []byte) rune {
	s := strings.Trim(strings.TrimRight(string(line[:min(len(line), 16)]), "\r\n"), `"`)
	if len(s) < 5 || !strings.EqualFold(s[:4], "sep=") {
		return 0
	}
	sep, n := utf8.DecodeRuneInString(s[4:])
	if n != len(s[4:]) || !validDelimiter(sep) {
		return 0
	}
	return sep
}
