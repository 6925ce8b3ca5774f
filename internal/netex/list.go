package netex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// MaxPage is the most people that a list can be asked for at once.
	MaxPage = 500
	// Beginning is the start of the list, whatever the tenant counts from.
	Beginning = -1

	// maxList is the most that is read of a list, in bytes; a real page has
	// 300 to 600 thousand.
	maxList = 8 << 20
)

// List reads a page of the tenant's people: at most count of them, of which
// there may be MaxPage, from the index start on. The answer is done when the
// whole page could be read, and then it has the People; one that cannot be
// read makes the whole page unreadable.
func (c *Client) List(ctx context.Context, start, count int) Answer {
	query := url.Values{"count": {strconv.Itoa(count)}}
	if start != Beginning {
		query.Set("startIndex", strconv.Itoa(start))
	}
	return c.send(ctx, http.MethodGet, "?"+query.Encode(), "", maxList, func(httpStatus int, body []byte) Answer {
		return judgeList(httpStatus, body, count)
	})
}

// judgeList reads the answer to a list of at most so many people. No part of
// the body is told: it holds password hashes.
func judgeList(httpStatus int, body []byte, most int) Answer {
	switch {
	case httpStatus == http.StatusNoContent:
		return Answer{Outcome: Done, Verdict: Final}
	case httpStatus != http.StatusOK:
		return Answer{Outcome: Failed, Verdict: Again, Message: serverText(httpStatus, nil)}
	}
	people, status, err := readPage(body, most)
	a := Answer{Outcome: Failed, Verdict: Again, Status: status.number()}
	switch {
	case status != 0 && status.outcome() != Done:
		a.Message = status.text()
		if !status.transient() {
			a.Verdict = Final
		}
	case err != nil:
		a.Message = "the answer is not a list of this API: " + err.Error()
	default:
		a.Outcome, a.Verdict, a.People = Done, Final, people
	}
	return a
}

// flaw is what is wrong with a list, in words of ours: a decoder's own would
// tell parts of it.
type flaw string

func (f flaw) Error() string { return string(f) }

// readPage reads the list in an answer: the answer itself, or the only list
// among the envelope's values. The status is the envelope's.
func readPage(body []byte, most int) (people []Person, status code, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), tolerant)
	lists := 0
	read := func() (err error) {
		lists++
		people, err = readPeople(d, most)
		return err
	}
	if d.PeekKind() == '[' {
		err = read()
	} else {
		err = eachMember(d, func(name string) error {
			switch {
			case d.PeekKind() == '[':
				return read()
			case strings.EqualFold(name, "status"):
				return json.UnmarshalDecode(d, &status)
			}
			return d.SkipValue()
		})
	}
	if errors.As(err, new(flaw)) {
		return nil, status, err
	}
	if _, end := d.ReadToken(); err != nil || !errors.Is(end, io.EOF) {
		return nil, status, flaw("it is cut short or broken")
	}
	if lists != 1 {
		return nil, status, flaw("there is no list in it, or more than one")
	}
	return people, status, nil
}

func readPeople(d *jsontext.Decoder, most int) (people []Person, err error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != ']' {
		if len(people) == most {
			return nil, flaw("it holds more people than were asked for")
		}
		object, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		p, err := readPerson(object)
		if err != nil {
			return nil, flaw(fmt.Sprintf("person %d: %v", len(people)+1, err))
		}
		people = append(people, p)
	}
	_, err = d.ReadToken()
	return people, err
}
