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

// print shows medians, and the least and the most of all rounds.
func (s *senders) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "sender\tusers\tusers/s\tof the loop\tCPU us/user\tof the loop\ttenant's CPU us/user\tcores in use\t")
	for _, x := range s.all() {
		fmt.Fprintf(w, "%s\t%d\t%s\t%.2f\t%s\t%.2f\t%s\t%.1f\t\n", x.name, x.users,
			x.perSecond.show("%.0f"), x.perSecond.median()/s.loop.perSecond.median(),
			x.cpu.show("%.1f"), x.cpu.median()/s.loop.cpu.median(),
			x.tenant.show("%.1f"), x.cores.median())
	}
	w.Flush()
}

// notes set the figures against the aims.
func (s *senders) notes(v *verdict) {
	p := s.offboard
	speed, loop := p.perSecond.median(), s.loop.perSecond.median()
	v.note("offboard: %s s before it sends, %s s sending, %s s for the views",
		p.before.show("%.2f"), p.sending.show("%.2f"), p.views.show("%.2f"))
	v.note("offboard: %.0f %% of the loop's users a second (aim: 90 %%), while sending %.0f %%",
		100*speed/loop, 100*float64(p.users)/p.sending.median()/loop)
	v.note("offboard: %.2f of vegeta's users a second (aim: more than 1), %.2f of its CPU a user",
		speed/s.vegeta.perSecond.median(), p.cpu.median()/s.vegeta.cpu.median())
	if s.curl != nil {
		v.note("offboard: %.0f times xargs curl (aim: 100)", speed/s.curl.perSecond.median())
	}
}
