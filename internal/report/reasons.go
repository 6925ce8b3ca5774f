package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
)

// maxReasons bounds what is kept of them: a tenant may give everybody another.
const maxReasons = 1000

// reasons counts failed people by why.
type reasons struct {
	counts map[string]int
	other  int
}

type reason struct {
	Text string
	N    int
}

func (r *reasons) add(p results.Person) {
	if r.counts == nil {
		r.counts = make(map[string]int)
	}
	text := reasonOf(p)
	if _, ok := r.counts[text]; !ok && len(r.counts) >= maxReasons {
		r.other++
		return
	}
	r.counts[text]++
}

// top are the n most frequent reasons, and how many people have another.
func (r *reasons) top(n int) (list []reason, other int) {
	for text, count := range r.counts {
		list = append(list, reason{text, count})
	}
	slices.SortFunc(list, func(a, b reason) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text))
	})
	other = r.other
	for _, rest := range list[min(n, len(list)):] {
		other += rest.N
	}
	return list[:min(n, len(list))], other
}

// reasonOf is why a person failed, without what is only theirs.
func reasonOf(p results.Person) string {
	text := visible(cmp.Or(p.Why, "no reason given"))
	if len(p.User) > 2 {
		text = strings.ReplaceAll(text, visible(p.User), "…")
	}
	text = own.ReplaceAllString(text, "…")
	if codes := codesOf(p); codes != "" {
		text += " (" + codes + ")"
	}
	return text
}

// own finds ids and other long numbers.
var own = regexp.MustCompile(`[0-9a-fA-F]{8}-?[0-9a-fA-F-]{8,}|[0-9]{5,}`)

// codesOf are the status codes of a failure: those of the platforms, or else
// that of the answer.
func codesOf(p results.Person) string {
	if p.Answer == nil {
		return ""
	}
	var codes []string
	for _, said := range p.Answer.Platforms {
		if code := fmt.Sprint(said.Status); said.Outcome == journal.Failed && said.Status != 0 && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if status := cmp.Or(p.Answer.Status, p.Answer.HTTPStatus); len(codes) == 0 && status != 0 {
		codes = append(codes, fmt.Sprint(status))
	}
	return strings.Join(codes, ", ")
}
