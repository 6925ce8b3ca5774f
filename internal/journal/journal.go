package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
)

// ErrWrite is in the chain of every failure to put an entry on disk.
var ErrWrite = errors.New("cannot record")

// file is what a journal writes to; tests put a disk in its place that fills up.
type file interface {
	io.WriteCloser
	Sync() error
}

// Journal appends to a run's record. Its methods may be called by many
// goroutines; the caller holds the run's lock.
type Journal struct {
	mu      sync.Mutex
	synced  sync.Cond // a commit has ended
	file    file
	chain   *chain
	waiting []byte // sealed lines that no commit has taken yet
	writing []byte // those that the commit under way has taken
	next    uint64 // number of the commit that will take the waiting lines
	done    uint64 // number of the last commit that ended
	busy    bool   // a commit is under way
	err     error  // the first failure; it sticks
	state   *State // what is on disk
}

func newJournal(f file, c *chain, s *State) *Journal {
	j := &Journal{file: f, chain: c, next: 1, state: s}
	j.synced.L = &j.mu
	return j
}

// Append returns when the entries are on disk. Whoever finds no commit under
// way commits for all that wait, so many callers share one sync. After a
// failure nothing more is written, and every call returns that failure.
func (j *Journal) Append(entries ...Entry) error {
	texts := make([][]byte, len(entries))
	for i, e := range entries {
		var err error
		if texts[i], err = text(e); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	for _, t := range texts {
		j.waiting = seal(j.waiting, t, j.chain.add(t))
	}
	for mine := j.next; j.done < mine && j.err == nil; {
		if j.busy {
			j.synced.Wait()
		} else {
			j.commit()
		}
	}
	if j.err != nil {
		return j.err
	}
	for _, e := range entries {
		if err := j.state.applyEntry(e); err != nil {
			return err
		}
	}
	return nil
}

// Standing is where a row stands by what is on disk.
func (j *Journal) Standing(row int) Outcome {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Standing(row)
}

// Barred reports whether the row is never sent.
func (j *Journal) Barred(row int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Barred(row)
}

// Seen is how the row's latest lookup has found its person.
func (j *Journal) Seen(row int) Outcome {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Seen(row)
}

// Undo is what came of putting the row's person back.
func (j *Journal) Undo(row int) Outcome {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Undo(row)
}

// LastCheck is what the row's latest check has found since it was last
// deactivated.
func (j *Journal) LastCheck(row int) Outcome {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.LastCheck(row)
}

// Counts are the numbers of rows by standing, and by what the latest check has
// found.
func (j *Journal) Counts() (standing, checked map[Outcome]int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Counts(), j.state.CheckCounts()
}

// State is where the run stands. It must not be used while others append.
func (j *Journal) State() *State { return j.state }

// commit writes and syncs all waiting lines. The mutex is held on entry and
// on return, and free while the disk works.
func (j *Journal) commit() {
	j.waiting, j.writing = j.writing[:0], j.waiting
	lines := j.writing
	number := j.next
	j.next++
	j.busy = true
	j.mu.Unlock()

	_, err := j.file.Write(lines)
	if err == nil {
		err = j.file.Sync()
	}

	j.mu.Lock()
	j.busy = false
	j.writing = lines[:0]
	if err != nil {
		j.err = fmt.Errorf("%w: %w", ErrWrite, err)
	} else {
		j.done = number
	}
	j.synced.Broadcast()
}

// Close releases the file. Lines are on disk already when Append returns.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = errors.New("the journal is closed")
	}
	return j.file.Close()
}

// Draft is a journal that does not exist yet: its lines become a run all at
// once, by Publish.
type Draft struct {
	path  string
	file  *os.File
	chain *chain
	lines []byte
	state State
}

// Create begins a journal that will stand at path. Nothing is there before
// Publish.
func Create(path string, h Header, at time.Time) (*Draft, error) {
	f, err := durable.Open(path+".new", os.O_CREATE|os.O_EXCL|os.O_WRONLY)
	if err != nil {
		return nil, err
	}
	d := &Draft{path: path, file: f, chain: newChain()}
	h.Format = Format
	if err := d.Add(Entry{Kind: KindHeader, At: at, Header: &h}); err != nil {
		d.Discard()
		return nil, err
	}
	return d, nil
}

// Add appends an entry to the draft.
func (d *Draft) Add(e Entry) error {
	t, err := text(e)
	if err != nil {
		return err
	}
	d.lines = seal(d.lines, t, d.chain.add(t))
	if err := d.state.applyEntry(e); err != nil {
		return err
	}
	if len(d.lines) < 1<<20 {
		return nil
	}
	return d.flush()
}

func (d *Draft) flush() error {
	_, err := d.file.Write(d.lines)
	d.lines = d.lines[:0]
	return err
}

// Publish puts the draft on disk and at its place, and returns it open for
// more.
func (d *Draft) Publish() (*Journal, error) {
	err := d.flush()
	if err == nil {
		err = d.file.Sync()
	}
	if err = errors.Join(err, d.file.Close()); err != nil {
		return nil, err
	}
	var f *os.File
	if err = durable.Rename(d.path+".new", d.path); err == nil {
		f, err = durable.Open(d.path, os.O_WRONLY|os.O_APPEND)
	}
	if err != nil {
		os.Remove(d.path) // it may have got there, and is no run
		return nil, err
	}
	return newJournal(f, d.chain, &d.state), nil
}

// Discard removes the draft.
func (d *Draft) Discard() {
	d.file.Close()
	os.Remove(d.path + ".new")
}
