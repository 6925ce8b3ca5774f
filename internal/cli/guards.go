package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/offboard-cli/offboard/internal/guard"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// guard refuses a run of too many or too few people, before its first change.
func (o *opened) guard(b job, r *ruleFlags) error {
	s := o.journal.State()
	if listed := s.Checked.Users; listed < int(r.minUsers) {
		return refuse("was the list cut short? if it is right, lower --min-users",
			"the roster has %s, and --min-users is %d", plural(listed, "user"), r.minUsers)
	}
	users := s.Counts()[journal.Unsent]
	if users == 0 || int(r.allowUsers) == users {
		return nil
	}
	list := quote(o.dir.File(rundir.Plan))
	if b.command == "run" { // its folder goes
		list = "the list once more"
	}
	allow := "look at " + list + "; if it is right, add --allow-users " + strconv.Itoa(users)
	switch {
	case r.allowUsers > 0:
		return refuse("--allow-users must be the exact number", "%s would be deactivated, and --allow-users is %d", plural(users, "user"), r.allowUsers)
	case r.maxUsers > 0 && users > int(r.maxUsers):
		return refuse(allow, "%s would be deactivated, and --max-users is %d", plural(users, "user"), r.maxUsers)
	case r.maxPercent.set && (s.Plan == nil || s.Plan.Active == 0):
		return refuse("make a new plan with --max-percent", "--max-percent is set, and the tenant's people were not counted")
	case r.maxPercent.set && users > r.maxPercent.Of(s.Plan.Active):
		return refuse(allow, "%s of %s active people would be deactivated, and --max-percent is %s",
			number(users), number(s.Plan.Active), r.maxPercent.String())
	}
	if usual, ok := guard.Usual(earlier(o)); ok && guard.Unusual(users, usual) {
		return refuse(allow, "%s would be deactivated, and the usual size of the runs beside this one is %s",
			plural(users, "user"), number(usual))
	}
	return nil
}

// reserve keeps two commands from asking one tenant at once: the rate is that of
// a process, and what one has planned the other may be about to change.
func (a *app) reserve(run *opened) error {
	if run.tenant.simulated {
		return nil
	}
	err := run.dir.Reserve(run.tenant.name)
	var inUse *rundir.InUseError
	switch {
	case errors.As(err, &inUse):
		return refuse("wait for it, or interrupt it", "%s: %v, from the same folder of runs", run.tenant.name, err)
	case err != nil:
		a.log.Warn("no lock beside the run's folder: another command that works at the tenant would not be noticed", "cause", err.Error())
	}
	return nil
}

func refuse(hint, format string, args ...any) *failure {
	return fail(exitRefused, hint+"; nothing was sent", "refused: "+format, args...)
}

// earlier are the sizes of the finished runs at the same tenant whose folders
// stand beside the run's.
func earlier(o *opened) (sizes []int) {
	beside := filepath.Dir(absolute(o.dir.Path()))
	folders, _ := os.ReadDir(beside)
	for _, f := range folders {
		b, err := os.ReadFile(filepath.Join(beside, f.Name(), rundir.Summary))
		var s results.Summary
		if err != nil || json.Unmarshal(b, &s) != nil || s.Tenant != o.tenant.name || s.Run == o.journal.State().Header.Run {
			continue
		}
		sent := s.Users.Done + s.Users.Pending + s.Users.Failed - s.Refused
		if s.Finished != nil && s.Users.Unsent+s.Users.Unknown == 0 && sent > 0 {
			sizes = append(sizes, sent)
		}
	}
	return sizes
}
