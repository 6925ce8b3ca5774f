package main

// judgeSent compares the journal with what the tenant has seen. The run has
// ended, and so has the tenant.
func (e *experiment) judgeSent() {
	puts, err := e.tenant.puts()
	if !e.check(err) {
		return
	}
	e.judgeLooks(puts)
	for i := range e.ledger.rows {
		user := e.roster.user(i + 1)
		if f := e.roster.fate(i + 1); !f.sent() {
			e.judgeNeverSent(i+1, f)
			continue
		}
		e.judgeUser(user, &e.ledger.rows[i], puts[user])
		delete(puts, user)
	}
	for user := range puts {
		e.fault("%s was sent, and is nobody who is to be", user)
	}
}

func (e *experiment) judgeNeverSent(row int, f fate) {
	r := e.ledger.rows[row-1]
	if r.standing != f.outcome() || r.sent > 0 || len(r.answers) > 0 {
		e.fault("row %d is %s, and ends as %s, sent %d times", row, f.verdict, r.standing, r.sent)
	}
	if r.skip == nil || r.skip.Verdict != f.verdict || r.skip.Reason != f.reason {
		e.fault("row %d is %s (%s), the record says %+v", row, f.verdict, f.reason, r.skip)
	}
}

// judgeUser allows one request more than the recorded ones for each time that
// the user was sent without an answer on record. Fewer are allowed only where
// requests can get lost.
func (e *experiment) judgeUser(user string, r *row, puts []access) {
	recorded, open := 0, r.sent
	for _, l := range r.answers {
		if l.Answer.Action != "check" {
			recorded += l.Answer.Attempts
			open--
		}
	}
	extra := len(puts) - recorded
	e.twice += max(0, extra)
	e.bound += open
	switch {
	case r.standing != "done" && r.standing != "pending" && r.standing != "failed":
		e.lost++
		e.fault("%s ends as %s", user, r.standing)
	case len(puts) == 0:
		e.leftOut++
		e.fault("%s was never sent", user)
	case extra < 0 && !e.lossy:
		e.fault("%s: %d attempts on record, the tenant saw %d", user, recorded, len(puts))
	case extra > open:
		e.fault("%s: %d requests, %d on record, and %d sent without an answer", user, len(puts), recorded, open)
	}
	e.judgeAnswers(user, r, puts)
}

// judgeAnswers finds every recorded answer among those that the tenant gave,
// in their order.
func (e *experiment) judgeAnswers(user string, r *row, puts []access) {
	for _, l := range r.answers {
		if l.Answer.Action == "check" || l.Reason != "" {
			continue
		}
		for len(puts) > 0 && !puts[0].agrees(l) {
			puts = puts[1:]
		}
		if len(puts) == 0 {
			e.fault("%s: the tenant has never given the answer on record (HTTP %d, %s)", user, l.Answer.HTTP, l.Outcome)
			return
		}
		puts = puts[1:]
	}
}

// once reports users with more or fewer than n answers to deactivations.
func (e *experiment) once(n func(*row) int) {
	for i := range e.ledger.rows {
		r := &e.ledger.rows[i]
		got := 0
		for _, l := range r.answers {
			if l.Answer.Action != "check" {
				got++
			}
		}
		if e.roster.fate(i+1).sent() && got != n(r) {
			e.fault("%s has %d answers on record, want %d", e.roster.user(i+1), got, n(r))
		}
	}
}
