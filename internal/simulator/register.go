package simulator

import (
	"strconv"
	"strings"
	"sync"
)

// register holds the people created later. One map serves ids
// and usernames, for an opened person's id holds the map's key; a million
// people take some 75 MB.
type register struct {
	seed uint64

	mu    sync.RWMutex
	byKey map[uint64]index
	named []string // as first addressed or added
}

func (r *register) init(seed uint64) { r.seed, r.byKey = seed, make(map[uint64]index) }

const (
	idLength     = 32
	openedPrefix = "ff808182" // of the ids in a register
	byIDPrefix   = "user-"    // of the username of someone addressed by id
)

func (r *register) size() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.named)
}

func (r *register) find(name string) (index, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, i, ok := r.look(name)
	return i, ok
}

func (r *register) add(name string) index {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, i, ok := r.look(name)
	if ok {
		return i
	}
	i = index(len(r.named))
	r.byKey[key] = i
	// The name is part of the whole request line, which need not stay.
	r.named = append(r.named, strings.Clone(r.canonical(name)))
	return i
}

// look returns a person's key, or the one that is free for them. Names with
// the same hash take the next key.
func (r *register) look(name string) (uint64, index, bool) {
	name = r.canonical(name)
	if key, ok := r.keyOf(name); ok {
		if i, known := r.byKey[key]; known {
			return key, i, true
		}
	}
	for key := hash(r.seed, name); ; key++ {
		i, taken := r.byKey[key]
		if !taken || r.named[i] == name {
			return key, i, taken
		}
	}
}

// canonical turns the username of someone addressed by id back into the id.
func (r *register) canonical(name string) string {
	if id, ok := strings.CutPrefix(name, byIDPrefix); ok && isID(id) {
		return id
	}
	return name
}

func (r *register) names(i index) (id, username string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	name := r.named[i]
	if isID(name) {
		return name, byIDPrefix + name
	}
	key, _, _ := r.look(name)
	b := append(make([]byte, 0, idLength), openedPrefix...)
	b = appendHex(b, mix(r.seed), 8)
	return string(appendHex(b, key, 16)), name
}

// keyOf reads the key out of an id that names made.
func (r *register) keyOf(id string) (uint64, bool) {
	if len(id) != idLength || !strings.HasPrefix(id, openedPrefix) {
		return 0, false
	}
	if id[8:16] != string(appendHex(nil, mix(r.seed), 8)) {
		return 0, false
	}
	key, err := strconv.ParseUint(id[16:], 16, 64)
	return key, err == nil
}

// isID says whether s looks like an id: 32 lower-case hexadecimal digits.
func isID(s string) bool {
	if len(s) != idLength {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// appendHex appends the low digits of n.
func appendHex(b []byte, n uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, hexDigits[n>>shift&15])
	}
	return b
}
