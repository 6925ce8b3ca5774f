// Package progress shows how far a run has come: workers move a Counter, and
// one goroutine draws it.
package progress

import (
	"strings"
	"sync/atomic"
	"unicode"
)

// Counter counts settled users by outcome. It knows nothing of terminals, and
// its methods may be called by many goroutines.
type Counter struct {
	total  int64
	labels []string
	counts []atomic.Int64
	note   atomic.Pointer[string]
}

// NewCounter returns a counter of total users, each of which ends under one of
// the labels ("done", "pending", "failed"). A total of 0 means that it is not
// known.
func NewCounter(total int64, labels ...string) *Counter {
	return &Counter{total: total, labels: labels, counts: make([]atomic.Int64, len(labels))}
}

// Add counts n more users under the label of that index. What an earlier
// command has settled is added before Start, and so left out of the rate.
func (c *Counter) Add(label int, n int64) {
	c.counts[label].Add(n)
}

// Note shows a few words in place of the rate and the time left ("tenant is
// down, probing"), until the next call. An empty note ends it.
func (c *Counter) Note(words string) {
	words = strings.Map(printable, words)
	c.note.Store(&words)
}

func printable(r rune) rune {
	switch {
	case unicode.IsPrint(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	default:
		return '?'
	}
}

// standing is what a counter says at one moment.
type standing struct {
	total   int64
	settled int64
	counts  string // "1,200 done, 40 pending"; only the first may be 0
	note    string
}

func (c *Counter) standing() standing {
	s := standing{total: c.total}
	var words []string
	for i, label := range c.labels {
		n := c.counts[i].Load()
		s.settled += n
		if i == 0 || n != 0 {
			words = append(words, thousands(n)+" "+label)
		}
	}
	s.counts = strings.Join(words, ", ")
	if note := c.note.Load(); note != nil {
		s.note = *note
	}
	return s
}
