package simulator

import (
	"net/http"
	"net/url"
	"strconv"
)

const (
	maxPage   = 500 // the documented limit and default of count
	shortPage = 100 // of a list that a rule makes short
)

// page is a part of the list.
type page struct {
	first int // from 0, whatever the index base
	count int
}

func readPage(query string, base int, lenient bool) (page, *refusal) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return page{}, refuse(http.StatusBadRequest, "the query cannot be decoded: %v", err)
	}
	start, err := number(values, "startIndex", base)
	if lenient {
		start = max(base, start)
	}
	if err != nil || start < base {
		return page{}, refuse(http.StatusBadRequest, "startIndex must be a number from %d", base)
	}
	count, err := number(values, "count", maxPage)
	if err != nil || count < 1 || count > maxPage {
		return page{}, refuse(http.StatusBadRequest, "count must be a number from 1 to %d", maxPage)
	}
	return page{first: start - base, count: count}, nil
}

// spoil does to the page what a rule says.
func (p *page) spoil(kind string) {
	switch kind {
	case "repeat":
		p.first = 0
	case "skip":
		p.first++
	case "short":
		p.count = min(p.count, shortPage)
	case "empty":
		p.count = 0
	}
}

func number(values url.Values, name string, otherwise int) (int, error) {
	if !values.Has(name) {
		return otherwise, nil
	}
	return strconv.Atoi(values.Get(name))
}
