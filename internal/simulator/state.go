package simulator

import (
	"sync"
	"time"
)

// index is a person's number in the directory.
type index uint32

// shards keeps requests for different people out of each other's way.
const shards = 64

// turn is what a change does.
type turn uint8

const (
	on turn = iota
	off
)

// states says on which platforms people are off. Only a byte a person is
// kept, and that only up to the last one touched; changes that wait in a
// queue are kept beside it until someone looks after they are due.
type states struct {
	start  time.Time
	settle time.Duration
	shards [shards]shard
}

type shard struct {
	mu     sync.Mutex
	off    []set
	queues map[index]queue
	sweep  int // size of queues at which settled ones are looked for
}

// queue holds one person's waiting changes, at most one a platform: a later
// one takes the earlier one's place.
type queue struct {
	waiting, off set
	due          [platforms]time.Duration // since the start
}

func newStates(start time.Time, settle time.Duration) *states {
	s := &states{start: start, settle: settle}
	for i := range s.shards {
		s.shards[i].queues = make(map[index]queue)
		s.shards[i].sweep = 1024
	}
	return s
}

// change changes platforms at once. What they had in the queue is void.
func (s *states) change(i index, now time.Time, to turn, which set) {
	sh := &s.shards[i%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.settle(i, now.Sub(s.start))
	sh.put(i, to, which)
	if q, ok := sh.queues[i]; ok {
		q.waiting &^= which
		sh.keep(i, q)
	}
}

// enqueue has platforms change when the time to settle has passed since at.
// One that waits for the same change already keeps its place.
func (s *states) enqueue(i index, at time.Time, to turn, which set) {
	sh := &s.shards[i%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	since := at.Sub(s.start)
	sh.settle(i, since)
	q := sh.queues[i]
	if to == off {
		which &^= q.waiting & q.off
	} else {
		which &^= q.waiting &^ q.off
	}
	which.each(func(p int) { q.due[p] = since + s.settle })
	q.waiting |= which
	q.off = q.off.with(to, which)
	sh.keep(i, q)
	sh.tidy(since)
}

// offAt returns the platforms that are off now.
func (s *states) offAt(i index, now time.Time) set {
	sh := &s.shards[i%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.settle(i, now.Sub(s.start))
	if slot := int(i / shards); slot < len(sh.off) {
		return sh.off[slot]
	}
	return 0
}

func (sh *shard) put(i index, to turn, which set) {
	slot := int(i / shards)
	if n := slot + 1 - len(sh.off); n > 0 {
		sh.off = append(sh.off, make([]set, n)...)
	}
	sh.off[slot] = sh.off[slot].with(to, which)
}

// settle carries out what is due by now.
func (sh *shard) settle(i index, now time.Duration) {
	q, ok := sh.queues[i]
	if !ok {
		return
	}
	var due set
	q.waiting.each(func(p int) {
		if now >= q.due[p] {
			due |= 1 << p
		}
	})
	if due == 0 {
		return
	}
	sh.put(i, off, due&q.off)
	sh.put(i, on, due&^q.off)
	q.waiting &^= due
	sh.keep(i, q)
}

func (sh *shard) keep(i index, q queue) {
	if q.waiting == 0 {
		delete(sh.queues, i)
		return
	}
	sh.queues[i] = q
}

// tidy settles everybody when there are twice as many queues as after the
// last time, so that memory follows what waits, not what ever waited.
func (sh *shard) tidy(now time.Duration) {
	if len(sh.queues) < sh.sweep {
		return
	}
	for i := range sh.queues {
		sh.settle(i, now)
	}
	sh.sweep = max(1024, 2*len(sh.queues))
}

func (s set) with(to turn, which set) set {
	if to == off {
		return s | which
	}
	return s &^ which
}
