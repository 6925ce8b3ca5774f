package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// journalOf is where a run's record stands.
func journalOf(run string) string { return filepath.Join(run, "journal.jsonl") }

// stage says where the time of a command went.
type stage struct {
	before  time.Duration // until it began to send
	sending time.Duration
	views   time.Duration // from the end of sending to the end of the process
}

// readStage reads the first begin and the last line of a journal, whatever is
// in between.
func readStage(path string, p ended) (s stage, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	began, err := findBegin(f)
	if err != nil {
		return s, err
	}
	last, err := lastLine(f)
	if err == nil && last.Kind != "end" {
		err = errors.New("the journal's last line is no end")
	}
	return stage{
		before:  began.At.Sub(p.began),
		sending: last.At.Sub(began.At),
		views:   p.began.Add(p.took).Sub(last.At),
	}, err
}

func findBegin(r io.Reader) (l line, err error) {
	for in := json.NewDecoder(bufio.NewReader(r)); err == nil && l.Kind != "begin"; {
		l = line{}
		err = in.Decode(&l)
	}
	return l, err
}

// lastLine is that of a file which ends in a whole line of less than 4 KiB.
func lastLine(f *os.File) (l line, err error) {
	info, err := f.Stat()
	if err != nil {
		return l, err
	}
	tail := make([]byte, min(info.Size(), 4<<10))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return l, err
	}
	text := bytes.TrimSuffix(tail, []byte("\n"))
	return l, json.Unmarshal(text[bytes.LastIndexByte(text, '\n')+1:], &l)
}
