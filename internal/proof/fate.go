package main

// fate is what must become of a row.
type fate struct {
	verdict string // "" is deactivate, without a look
	reason  string
	person  *person // whom it means; nil: nobody, or not looked up
}

// person is somebody at the tenant, as they are at the start.
type person struct {
	id       string
	username string
	name     string
	surname  string
	role     string // section:role
	on       bool
}

func (r *roster) fate(row int) fate { return r.fates[row] }

func (f fate) sent() bool { return f.verdict == "" || f.verdict == "deactivate" }

// outcome is where the row ends that is never sent.
func (f fate) outcome() string {
	switch f.verdict {
	case "not-found", "ambiguous":
		return "failed"
	}
	return "skipped"
}

// prior is what a look must have found: "" when nobody is to be looked up.
func (f fate) prior() string {
	switch {
	case f.verdict == "not-found":
		return "missing"
	case f.person == nil:
		return ""
	case f.person.on:
		return "on"
	}
	return "off"
}
