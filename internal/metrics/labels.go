package metrics

import (
	"strings"
	"sync"
)

// labels bounds the number of values that a label takes.
type labels struct {
	mu   *sync.Mutex
	seen map[string]bool
}

func newLabels() labels { return labels{new(sync.Mutex), make(map[string]bool)} }

// bound returns the value, or other when there are too many already.
func (l labels) bound(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seen[value] && len(l.seen) == most {
		return other
	}
	l.seen[value] = true
	return value
}
