package simulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Outage is a time in which nobody is served.
type Outage struct {
	From, To time.Duration // since the start, To not included
	Status   int           // answered; 0: connections are dropped
}

// ParseOutages reads outages such as 10s-20s=503 or 1m-2m=drop, separated by
// blanks or line ends.
func ParseOutages(text string) ([]Outage, error) {
	var all []Outage
	for word := range strings.FieldsSeq(text) {
		o, err := parseOutage(word)
		if err != nil {
			return nil, fmt.Errorf("outage %q: %w", word, err)
		}
		all = append(all, o)
	}
	return all, nil
}

var errOutage = errors.New("want one such as 10s-20s=503 or 10s-20s=drop")

func parseOutage(word string) (Outage, error) {
	window, what, _ := strings.Cut(word, "=")
	from, to, _ := strings.Cut(window, "-")
	var o Outage
	var err error
	if o.From, err = time.ParseDuration(from); err != nil || o.From < 0 {
		return o, errOutage
	}
	if o.To, err = time.ParseDuration(to); err != nil || o.To <= o.From {
		return o, errOutage
	}
	if what == "drop" {
		return o, nil
	}
	if o.Status, err = strconv.Atoi(what); err != nil || o.Status < 400 || o.Status > 599 {
		return o, errOutage
	}
	return o, nil
}

// outageAt returns the outage at a time since the start, or nil.
func outageAt(all []Outage, since time.Duration) *Outage {
	for i := range all {
		if o := &all[i]; since >= o.From && since < o.To {
			return o
		}
	}
	return nil
}

func (o *Outage) answer() answer {
	if o.Status == 0 {
		return answer{}
	}
	return gateway(o.Status)
}
