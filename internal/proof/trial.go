package main

// trial is one case of the proof.
type trial struct {
	name  string
	about string
	sizes options
	run   func(*lab, options) []*verdict
}

var trials = []trial{
	{"kill", "SIGKILL at random instants of run and resume", options{users: 20_000, cycles: 100}, kill},
	{"retrykill", "SIGKILL at random instants of retry and check", options{users: 5_000, cycles: 60}, retryKill},
	{"interrupt", "SIGINT and SIGTERM at random instants", options{users: 5_000, cycles: 20}, interrupt},
	{"look", "the same while everybody is looked up first, and of plan and apply", options{users: 3_000, cycles: 300}, look},
	{"halt", "a STOP file and --max-duration at random instants", options{users: 2_000, cycles: 40}, halt},
	{"waves", "waves, one after the other", options{users: 5_000}, waves},
	{"disk", "a disk that is full, fails or is read-only", options{users: 2_000, cycles: 40}, disk},
	{"clock", "a wall clock that jumps by an hour", options{users: 2_000, seconds: 4}, clock},
	{"lock", "two, then ten processes on one run", options{users: 2_000}, lock},
	{"network", "a bad network between program and tenant", options{users: 2_000, seconds: 30}, network},
	{"rate", "the rate, by the tenant's log", options{seconds: 60, rates: "1,10,500,5000"}, rate},
	{"plan", "calls and memory of a plan at a tenant of three times as many people", options{users: 100_000}, planning},
	{"soak", "memory, files and goroutines over a long time", options{seconds: 1800, rates: "2000"}, soak},
	{"compare", "speed, beside others that send the same", options{users: 50_000, cycles: 5}, compare},
	{"scale", "time and memory of a large run, and of a tenth of it", options{users: 10_000_000}, scale},
	{"start", "time to the first request, and CPU at 10/s", options{users: 10, cycles: 20, seconds: 60}, start},
}

// small are the sizes of `short`, and of the tests.
var small = map[string]options{
	"kill":      {users: 2_000, cycles: 8},
	"retrykill": {users: 500, cycles: 8},
	"interrupt": {users: 1_000, cycles: 4},
	"look":      {users: 300, cycles: 12},
	"halt":      {users: 300, cycles: 4},
	"waves":     {users: 500},
	"disk":      {users: 200, cycles: 5},
	"clock":     {users: 150, seconds: 1},
	"lock":      {users: 500},
	"network":   {users: 100, seconds: 3},
	"plan":      {users: 5_000}, // for so many, the list is the shorter way whatever it holds
	"soak":      {seconds: 1, rates: "500"},
	// A wide burst leaves room for the jitter of a busy machine.
	"rate":    {seconds: 2, rates: "200", burst: 30},
	"compare": {users: 300, cycles: 2},
	"scale":   {users: 2_000},
	"start":   {users: 10, cycles: 2, seconds: 2},
}

// choose returns the cases of a name.
func choose(name string) (chosen []trial) {
	for _, t := range trials {
		s, short := small[t.name]
		if name == "short" && short {
			t.sizes = s
		} else if name != "all" && name != t.name {
			continue
		}
		chosen = append(chosen, t)
	}
	return chosen
}
