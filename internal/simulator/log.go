package simulator

import (
	"io"
	"strconv"
	"sync"
	"time"
)

// entry is what the access log tells of a request.
type entry struct {
	time      time.Time // of arrival
	method    string
	action    string
	user      string // decoded
	sync      string // the header's value
	id        string // likewise, of the request; "" when it has none
	status    int    // 0: the connection was dropped
	platforms *results
	acted     bool
}

const (
	flushAfter = 50 * time.Millisecond
	flushAt    = 64 << 10 // bytes
)

// accessLog writes entries as JSON lines. They leave the buffer when it is
// full, or by a timer that runs only while something waits in it.
type accessLog struct {
	w io.Writer // nil: no log

	mu     sync.Mutex
	buffer []byte
	n      uint64
	timer  *time.Timer // nil while the buffer is empty
	err    error       // the first; nothing is written after it
}

func newAccessLog(w io.Writer) *accessLog { return &accessLog{w: w} }

func (l *accessLog) add(e *entry) {
	if l.w == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	l.buffer = e.appendLine(l.buffer, l.n)
	if len(l.buffer) >= flushAt {
		l.flush()
	} else if l.timer == nil {
		l.timer = time.AfterFunc(flushAfter, l.tick)
	}
}

func (l *accessLog) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
}

func (l *accessLog) flush() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if len(l.buffer) > 0 && l.err == nil {
		_, l.err = l.w.Write(l.buffer)
	}
	l.buffer = l.buffer[:0]
}

// close returns the first error of writing.
func (l *accessLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	return l.err
}

// appendLine appends the entry as line n.
func (e *entry) appendLine(b []byte, n uint64) []byte {
	b = append(b, `{"time":"`...)
	b = e.time.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00")
	b = append(b, `","n":`...)
	b = strconv.AppendUint(b, n, 10)
	b = append(b, `,"method":`...)
	b = appendString(b, e.method)
	b = append(b, `,"action":`...)
	b = appendString(b, e.action)
	b = append(b, `,"user":`...)
	b = appendString(b, e.user)
	b = append(b, `,"sync":`...)
	b = appendString(b, e.sync)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(e.status), 10)
	if e.platforms != nil {
		b = append(b, `,"platforms":`...)
		b = appendStatuses(b, e.platforms)
	}
	b = append(b, `,"acted":`...)
	b = strconv.AppendBool(b, e.acted)
	if e.id != "" {
		b = append(b, `,"request_id":`...)
		b = appendString(b, e.id)
	}
	return append(b, "}\n"...)
}

func appendStatuses(b []byte, rs *results) []byte {
	for p, r := range rs {
		b = append(b, "{,,,"[p], '"')
		b = append(b, platformNames[p]...)
		b = append(b, '"', ':')
		b = strconv.AppendInt(b, int64(r.status), 10)
	}
	return append(b, '}')
}
