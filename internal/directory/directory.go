// Package directory reads the list of all people of a tenant, page by page,
// and refuses one that cannot be trusted.
package directory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/offboard-cli/offboard/internal/netex"
)

const (
	// few is a roster of which everybody is looked up, without a look at the
	// tenant's size.
	few = 20
	// maxPages bounds the list: two million people.
	maxPages = 4000
	// seam is how many people a page has in common with the one before, unless
	// somebody comes: it is asked for from the last of these on, and the
	// tenant may count from 0 or from 1.
	seam = 2
)

// What makes a list useless.
var (
	ErrEmpty   = errors.New("the tenant's list of people is empty, though whoever owns the token must be in it")
	ErrRepeats = errors.New("the tenant's list of people repeats itself")
	ErrGap     = errors.New("the tenant's list of people has a gap")
	ErrEndless = fmt.Errorf("the tenant's list of people does not end within %d pages", maxPages)
)

// PageError is a page that could not be read.
type PageError struct {
	Page   int // from 1
	Answer netex.Answer
}

func (e *PageError) Error() string {
	return fmt.Sprintf("page %d of the tenant's list of people cannot be read: %s", e.Page, e.Answer.Message)
}

// Fetch asks for a page, as netex.Client.List does, and returns the answer
// that stands after all attempts. An error says why no more can be asked.
type Fetch func(ctx context.Context, start, count int) (netex.Answer, error)

// List is the list of one tenant.
type List struct {
	fetch Fetch
	calls int
	first []netex.Person // the first page, once it is read
}

// New returns a list that has not been read.
func New(fetch Fetch) *List { return &List{fetch: fetch} }

// Calls is how many pages have been asked for.
func (l *List) Calls() int { return l.calls }

// Cheaper reports whether the list takes fewer calls than looking up so many
// users one by one.
//
// For fewer than 20 users the answer is no, and nothing is asked. Otherwise the
// first page is read, which People does not ask for again. For more users than
// a list has pages the answer then is yes; for others one person is asked for,
// at the index from which on the list is the longer way. So all that is asked
// together, list or lookups, is
//
//   - for fewer than 20 users: users calls
//   - otherwise: users+2 at most, and where the list is read, two calls more
//     than it has pages
//
// and one or two more where the tenant insists on startIndex.
func (l *List) Cheaper(ctx context.Context, users int) (bool, error) {
	if users < few {
		return false, nil
	}
	if err := l.begin(ctx); err != nil {
		return false, err
	}
	if users > maxPages {
		return true, nil
	}
	a, err := l.ask(ctx, (users-1)*len(l.first), 1)
	return a.Outcome == netex.Done && len(a.People) == 0, err
}

// People reads the list and yields everybody once, in the tenant's order. It
// ends with a page that is shorter than the first, and asks for one page more
// than there are, at most; one or two more where the tenant insists on
// startIndex. An error is the last value: what came before it is a part of the
// list, and proves nothing about those who are not in it.
//
// For every person 16 bytes are kept, and what a map adds to them.
func (l *List) People(ctx context.Context) iter.Seq2[netex.Person, error] {
	return func(yield func(netex.Person, error) bool) {
		err := l.begin(ctx)
		page, size, known := l.first, len(l.first), make(people)
		for n := 1; err == nil; n++ {
			fresh := known.add(page)
			for _, p := range fresh {
				if !yield(p, nil) {
					return
				}
			}
			if len(page) < size || size == 1 || len(fresh) == 0 && len(page) <= seam {
				return
			}
			page, err = l.next(ctx, n, size, known)
		}
		yield(netex.Person{}, err)
	}
}

// begin reads the first page. Left out, startIndex means the beginning,
// whatever the tenant counts from; one that insists on it is asked from 0, and
// if there is no 0, from 1.
func (l *List) begin(ctx context.Context) error {
	if l.first != nil {
		return nil
	}
	var a netex.Answer
	for _, start := range []int{netex.Beginning, 0, 1} {
		var err error
		if a, err = l.ask(ctx, start, netex.MaxPage); err != nil {
			return err
		}
		if a.HTTPStatus != http.StatusBadRequest {
			break
		}
	}
	switch {
	case a.Outcome != netex.Done:
		return &PageError{1, a}
	case len(a.People) == 0:
		return ErrEmpty
	}
	l.first = a.People
	return nil
}

// next reads the page after n. The size of the first one is the size of all: a
// tenant may give fewer than it is asked for.
//
// The page has to begin with somebody known: that shows that the tenant
// understands the index, wherever it counts from, and that nobody has slipped
// through because somebody before them was removed. It is asked for one person
// early for that, as long as this adds up to less than a page.
func (l *List) next(ctx context.Context, n, size int, known people) ([]netex.Person, error) {
	if n == maxPages {
		return nil, ErrEndless
	}
	early := min(n, max(1, size-seam))
	a, err := l.ask(ctx, n*size-early, netex.MaxPage)
	switch {
	case err != nil:
		return nil, err
	case a.Outcome != netex.Done:
		return nil, &PageError{n + 1, a}
	case early == n && (len(a.People) == 0 || !known.has(a.People[0])):
		return nil, fmt.Errorf("%w: page %d does not go on where the one before ends", ErrGap, n+1)
	case len(a.People) > seam && len(a.People) >= size && known.all(a.People):
		return nil, ErrRepeats
	}
	return a.People, nil
}

func (l *List) ask(ctx context.Context, start, count int) (netex.Answer, error) {
	l.calls++
	return l.fetch(ctx, start, count)
}
