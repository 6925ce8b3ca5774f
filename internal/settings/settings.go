// Package settings reads the file of an operator's settings: TOML, with the
// flags' names for keys, and a table for each tenant.
package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Value is what a key is set to, in the notation of a flag.
type Value struct {
	Texts []string // more than one of a list
	Line  int      // in the file, from 1
}

// Table holds values by key.
type Table map[string]Value

// File is a file of settings.
type File struct {
	Path    string
	Top     Table
	Tenants map[string]Table
}

// Error says where a file cannot be understood.
type Error struct {
	Path string
	Line int
	Text string // what is wrong
	Key  string // with it; "" when it is the notation
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text) }

// tenants is the table of tables.
const tenants = "tenants"

// Read reads a file whose keys must be known.
func Read(path string, known func(key string) bool) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := toml.Unmarshal(text, &doc); err != nil {
		return nil, notation(path, err)
	}
	r := reader{path: path, lines: positions(text), known: known}
	f := &File{Path: path, Tenants: make(map[string]Table)}
	own, _ := doc[tenants].(map[string]any)
	if _, there := doc[tenants]; there && own == nil {
		return nil, r.wrong([]string{tenants}, "must hold tables, such as [tenants.acme]")
	}
	delete(doc, tenants)
	if f.Top, err = r.table(nil, doc); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		at := []string{tenants, name}
		table, ok := own[name].(map[string]any)
		if !ok {
			return nil, r.wrong(at, "must be a table: [tenants.%s]", name)
		}
		if f.Tenants[name], err = r.table(at, table); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func notation(path string, err error) error {
	var wrong *toml.DecodeError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", path, err)
	}
	line, _ := wrong.Position()
	return &Error{Path: path, Line: line, Text: strings.TrimPrefix(wrong.Error(), "toml: ")}
}

type reader struct {
	path  string
	lines map[string]int // by dotted key
	known func(string) bool
}

func (r reader) wrong(at []string, format string, args ...any) *Error {
	e := &Error{Path: r.path, Key: at[len(at)-1]}
	e.Text = fmt.Sprintf("%q ", e.Key) + fmt.Sprintf(format, args...)
	for n := len(at); n > 0 && e.Line == 0; n-- { // an inline table stands where its own key does
		e.Line = r.lines[dotted(at[:n])]
	}
	return e
}

// table tells the first thing in the file that is wrong.
func (r reader) table(at []string, from map[string]any) (Table, error) {
	t := make(Table)
	var first *Error
	for key, v := range from {
		here := append(slices.Clone(at), key)
		texts, ok := notated(v)
		var wrong *Error
		switch {
		case !r.known(key):
			wrong = r.wrong(here, "is no setting")
		case !ok:
			wrong = r.wrong(here, "must be a text, a number, true or false, or a list of these")
		}
		if wrong != nil && (first == nil || wrong.Line < first.Line) {
			first = wrong
		}
		t[key] = Value{texts, r.wrong(here, "").Line}
	}
	if first != nil {
		return nil, first
	}
	return t, nil
}

// notated is a value as a flag takes it.
func notated(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case int64:
		return []string{strconv.FormatInt(v, 10)}, true
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}, true
	case bool:
		return []string{strconv.FormatBool(v)}, true
	case []any:
		var all []string
		for _, one := range v {
			text, ok := notated(one)
			if !ok || len(text) != 1 {
				return nil, false
			}
			all = append(all, text[0])
		}
		return all, true
	}
	return nil, false
}

// positions are the lines of all keys and tables.
func positions(text []byte) map[string]int {
	lines := make(map[string]int)
	var p unstable.Parser
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		key, line := nameOf(&p, e.Key())
		if e.Kind == unstable.KeyValue {
			key = append(slices.Clone(table), key...)
		} else {
			table = key
		}
		for n := 1; n <= len(key); n++ { // a dotted key makes tables on its way
			if name := dotted(key[:n]); lines[name] == 0 {
				lines[name] = line
			}
		}
	}
	return lines
}

func nameOf(p *unstable.Parser, parts unstable.Iterator) (key []string, line int) {
	for parts.Next() {
		n := parts.Node()
		if line == 0 {
			line = p.Shape(n.Raw).Start.Line
		}
		key = append(key, string(n.Data))
	}
	return key, line
}

func dotted(key []string) string { return strings.Join(key, "\x00") }
