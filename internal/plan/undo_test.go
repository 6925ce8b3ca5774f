package plan

import (
	"testing"

	"github.com/offboard-cli/offboard/internal/journal"
)

func TestJudgeUndo(t *testing.T) {
	ann, other := &journal.Person{ID: "1"}, &journal.Person{ID: "2"}
	for _, tt := range []struct {
		name  string
		sent  Sent
		guess bool
		want  Verdict
	}{
		{"switched off", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Off, Person: ann}, false, Activate},
		{"queued", Sent{Standing: journal.Pending, Prior: journal.On, Seen: journal.Off, Person: ann}, false, Activate},
		{"failed on a platform", Sent{Standing: journal.Failed, Prior: journal.On, Seen: journal.Off, Person: ann}, false, Activate},
		{"answer lost", Sent{Standing: journal.Unknown, Prior: journal.On, Seen: journal.Off, Person: ann}, false, Activate},
		{"on again", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.On, Person: ann}, false, OnAlready},
		{"never off", Sent{Standing: journal.Failed, Prior: journal.On, Seen: journal.On, Person: ann}, false, OnAlready},
		{"off but for the centre", Sent{Standing: journal.Failed, Prior: journal.On, Seen: journal.On, Person: ann, Half: "social"}, false, Activate},
		{"tried before", Sent{Standing: journal.Done, Prior: journal.On, Undo: journal.Failed, Seen: journal.On, Person: ann, Tried: true}, false, Activate},
		{"put back", Sent{Standing: journal.Done, Prior: journal.On, Undo: journal.Done, Seen: journal.Off, Person: ann}, false, PutBack},
		{"skipped before", Sent{Standing: journal.Done, Prior: journal.On, Undo: journal.Skipped, Seen: journal.Off, Person: ann}, false, PutBack},
		{"off before", Sent{Standing: journal.Done, Prior: journal.Off, Seen: journal.Off, Person: ann}, true, WasOff},
		{"not known", Sent{Standing: journal.Done, Prior: journal.Unsent, Seen: journal.Off, Person: ann}, false, UnknownPrior},
		{"guessed", Sent{Standing: journal.Done, Prior: journal.Missing, Seen: journal.Off, Person: ann}, true, Activate},
		{"gone", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Missing}, false, NotFound},
		{"no answer", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Failed, Why: "HTTP 500"}, false, NoAnswer},
		{"nobody has looked", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Unsent}, false, NoAnswer},
		{"two people", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Ambiguous, Person: ann}, false, Ambiguous},
		{"another person", Sent{Standing: journal.Done, Prior: journal.On, Seen: journal.Off, Person: ann, Former: other}, false, SomebodyElse},
	} {
		got, reason := tt.sent.Judge(tt.guess)
		if got != tt.want || (reason == "") != (got == Activate) {
			t.Errorf("%s: got %s, %q, want %s", tt.name, got, reason, tt.want)
		}
	}
}
