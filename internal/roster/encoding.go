package roster

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const (
	utf8Name    = "utf-8"
	utf16Name   = "utf-16"
	utf16leName = "utf-16le"
	utf16beName = "utf-16be"
	win1252Name = "windows-1252"
)

// Encodings names the encodings a roster may have.
func Encodings() []string {
	return []string{utf8Name, utf16Name, utf16leName, utf16beName, win1252Name}
}

var aliases = map[string]string{
	"utf8":        utf8Name,
	"utf16":       utf16Name,
	"utf16le":     utf16leName,
	"utf16be":     utf16beName,
	"windows1252": win1252Name,
	"cp1252":      win1252Name,
	"latin1":      win1252Name,
	"latin-1":     win1252Name,
	"iso-8859-1":  win1252Name,
	"iso8859-1":   win1252Name,
}

// canonical returns one of Encodings, or "" for a name it does not know.
func canonical(name string) string {
	name = fold(name)
	if slices.Contains(Encodings(), name) {
		return name
	}
	return aliases[name]
}

// decode turns an encoding's bytes, without a byte order mark, into UTF-8.
func decode(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case utf16leName:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(r)
	case utf16beName:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(r)
	case win1252Name:
		return charmap.Windows1252.NewDecoder().Reader(r)
	}
	return r
}

func (r *Roster) settleEncoding(told string) error {
	if told != "" {
		name := canonical(told)
		if name == "" {
			return r.refuse("use one of "+strings.Join(Encodings(), ", "), "unknown encoding %q", told)
		}
		told = name
	}
	s, err := r.scan()
	if err != nil {
		return r.wrap(err)
	}
	name, refusal := r.choose(s, told)
	if refusal != nil {
		return refusal
	}
	r.dialect.Encoding = name
	r.dialect.BOM = s.bom > 0 || name != utf8Name
	r.bom, r.lines = s.bom, s.lines
	r.dirty = name == utf8Name && s.bad > 0
	return nil
}

func (r *Roster) scan() (scan, error) {
	f, err := r.open()
	if err != nil {
		return scan{}, err
	}
	defer f.Close()
	return scanText(f)
}

// choose picks the encoding from what the scan found and the operator told.
func (r *Roster) choose(s scan, told string) (string, *InputError) {
	switch {
	case s.size == int64(s.bom):
		return "", r.refuse(wantHeader, "the file is empty")
	case s.magic != "":
		return "", r.refuse(saveAsCSV, "a binary file (%s)", s.magic)
	case s.mark != "" && told != "" && told != s.mark && (told != utf16Name || s.mark == utf8Name):
		return "", r.refuse("leave out --encoding", "the text is %s, not %s", s.mark, told)
	case s.nul > 0 && !strings.HasPrefix(told, utf16Name):
		return "", r.refuse(saveAsCSV, "a binary file (a NUL byte on line %d)", s.nul)
	case s.mark != "":
		return s.mark, nil
	case told == utf16Name:
		return utf16leName, nil
	case told != "":
		return told, nil
	case s.bad == 0:
		return utf8Name, nil
	case s.multibyte:
		return "", r.mixed(s.bad, s.badCol)
	}
	return win1252Name, nil
}

const saveAsCSV = `save the table as CSV ("CSV UTF-8" in a spreadsheet) and give that file`

func (r *Roster) mixed(line, column int) *InputError {
	e := r.refuse("tell it with --encoding utf-8 or --encoding windows-1252", "the encoding is ambiguous: mostly UTF-8, but not all of it")
	e.Problems, e.Total = []Problem{{File: r.name, Line: line, Column: column, Text: "not UTF-8, while other text is"}}, 1
	return e
}
