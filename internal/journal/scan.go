package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/offboard-cli/offboard/internal/durable"
)

// DamageError says where a journal is not what was written.
type DamageError struct {
	Path string
	Line int // from 1
	Err  error
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: line %d: %v", e.Path, e.Line, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

// NewerError says that a newer program wrote the journal.
type NewerError struct{ Format int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the journal's format is %d, this program reads up to %d", e.Format, Format)
}

// Scan hands every whole line of the file to visit, in order. A last line
// without its newline is not there. It neither checks the chain nor needs the
// lock, so it may read a journal that is being written.
func Scan(path string, visit func(Line) error) error {
	f, err := durable.Open(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = scan(f, path, visit)
	return err
}

// scan reads from r, which stands at the file's first byte, and returns the
// length of the whole lines.
func scan(r io.Reader, path string, visit func(Line) error) (int64, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	var offset int64
	var long []byte // a line larger than the buffer
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			line, err = in.ReadSlice('\n')
		}
		if len(long) > 0 {
			line = append(long, line...)
			long = line[:0]
		}
		if err == io.EOF {
			return offset, nil
		}
		if err != nil {
			return offset, err
		}
		size := int64(len(line))
		l, err := head(line[:len(line)-1])
		if err == nil {
			l.Offset = offset
			err = visit(l)
		}
		if errors.Is(err, errLine) || errors.Is(err, errChain) {
			return offset, &DamageError{Path: path, Line: n, Err: err}
		}
		if err != nil {
			return offset, err
		}
		offset += size
	}
}
