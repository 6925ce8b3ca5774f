package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// figures are a sender's, by round.
type figures struct {
	perSecond spread // users
	cpu       spread // microseconds a user
	tenant    spread // likewise, the tenant's
	cores     spread // in use by both

	// Seconds, of the program's own turns.
	before, sending, views spread
}

func (s *sender) add(m measurement) {
	s.perSecond = append(s.perSecond, float64(s.users)/m.took.Seconds())
	s.cpu = append(s.cpu, micros(m.cpu, s.users))
	s.tenant = append(s.tenant, micros(m.tenant, s.users))
	s.cores = append(s.cores, (m.cpu+m.tenant).Seconds()/m.took.Seconds())
	s.before = append(s.before, m.stage.before.Seconds())
	s.sending = append(s.sending, m.stage.sending.Seconds())
	s.views = append(s.views, m.stage.views.Seconds())
}

// print shows medians and, in brackets, the least and the most of all rounds.
func (s *senders) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "sender\tusers\tusers/s\tof the loop\tCPU us/user\tof the loop\ttenant's CPU us/user\tcores in use\t")
	for _, x := range s.all() {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%.1f\t\n", x.name, x.users,
			x.perSecond.show("%.0f"), x.perSecond.over(s.loop.perSecond).show("%.2f"),
			x.cpu.show("%.1f"), x.cpu.over(s.loop.cpu).show("%.2f"),
			x.tenant.show("%.1f"), x.cores.median())
	}
	w.Flush()
}

// notes set the figures against the aims.
func (s *senders) notes(v *verdict) {
	p := s.offboard
	v.note("offboard: %s s before it sends, %s s sending, %s s for the views",
		p.before.show("%.2f"), p.sending.show("%.2f"), p.views.show("%.2f"))
	v.note("offboard: %s of the loop's users a second (aim: 0.90)", p.perSecond.over(s.loop.perSecond).show("%.2f"))
	v.note("offboard: %s of vegeta's users a second (aim: more than 1), %s of its CPU a user",
		p.perSecond.over(s.vegeta.perSecond).show("%.2f"), p.cpu.over(s.vegeta.cpu).show("%.2f"))
	if s.curl != nil {
		v.note("offboard: %s times xargs curl (aim: 100)", p.perSecond.over(s.curl.perSecond).show("%.0f"))
	}
}
