package main

import (
	"fmt"
	"os"
	"time"
)

// compare sets the program against others that send the same requests to the
// same tenant, in turns. Each is a process of its own, so that its CPU is
// counted apart from the tenant's.
func compare(l *lab, o options) []*verdict {
	v := &verdict{name: "compare", cycles: o.cycles}
	v.check(l.compareSenders(v, o))
	return []*verdict{v}
}

func (l *lab) compareSenders(v *verdict, o options) error {
	dir, err := l.folder()
	if err != nil {
		return err
	}
	t, err := l.tenant(dir, o.users)
	if err != nil {
		return err
	}
	defer t.stop()
	s, err := l.senders(v, dir, t.url, o.users)
	if err != nil {
		return err
	}
	if err := l.takeTurns(v, t, s, o.cycles); err != nil {
		return err
	}
	s.print(l.out)
	s.notes(v)
	return t.close()
}

// takeTurns has each send in every round, and another one begin each time.
func (l *lab) takeTurns(v *verdict, t *tenant, s *senders, rounds int) error {
	// Whoever comes first finds everybody switched off, as all others do.
	if _, err := l.measure(t, s.loop); err != nil {
		return err
	}
	all := s.all()
	for round := range rounds {
		for i := range all {
			next := all[(i+round)%len(all)]
			m, err := l.measure(t, next)
			if err != nil {
				return fmt.Errorf("%s: %w", next.name, err)
			}
			next.add(m)
			v.users += next.users
		}
	}
	return nil
}

// measurement is one turn of a sender.
type measurement struct {
	took   time.Duration
	cpu    time.Duration
	tenant time.Duration // its CPU; 0 where it cannot be told
	stage  stage         // of the program's own
}

// measure has a sender at work once, and makes sure that all were answered.
func (l *lab) measure(t *tenant, s *sender) (m measurement, err error) {
	before := spent(t.process)
	p, err := l.launch(nil, s.program, s.args...)
	if err != nil {
		return m, err
	}
	end := p.wait()
	if end.code != 0 {
		return m, fmt.Errorf("%s", end)
	}
	m = measurement{took: end.took, cpu: end.cpu, tenant: spent(t.process) - before}
	good, err := s.good(end)
	if err == nil && good != s.users {
		err = fmt.Errorf("%d of %d were answered", good, s.users)
	}
	if err == nil && s.journal != "" {
		m.stage, err = readStage(s.journal, end)
	}
	if err != nil || s.writes == "" {
		return m, err
	}
	return m, os.RemoveAll(s.writes)
}
