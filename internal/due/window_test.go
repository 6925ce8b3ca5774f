package due

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func window(t failer, text, name string) Window {
	t.Helper()
	w, err := ParseWindow(text, zone(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWindow(t *testing.T) {
	const night, lunch = "22:00-06:00", "12:00-13:30"
	tests := []struct {
		window, zone, at string
		begins, ends     string // "" for at itself
	}{
		{night, "UTC", "2026-11-25T21:59:59.999999999Z", "2026-11-25T22:00:00Z", ""},
		{night, "UTC", "2026-11-25T22:00:00Z", "", "2026-11-26T06:00:00Z"},
		{night, "UTC", "2026-11-26T00:00:00Z", "", "2026-11-26T06:00:00Z"},
		{night, "UTC", "2026-11-26T05:59:59.999999999Z", "", "2026-11-26T06:00:00Z"},
		{night, "UTC", "2026-11-26T06:00:00Z", "2026-11-26T22:00:00Z", ""},
		{lunch, "UTC", "2026-11-26T11:00:00.5Z", "2026-11-26T12:00:00Z", ""},
		{lunch, "UTC", "2026-11-26T12:00:00Z", "", "2026-11-26T13:30:00Z"},
		{lunch, "UTC", "2026-11-26T13:30:00Z", "2026-11-27T12:00:00Z", ""},
		{"18:00-24:00", "UTC", "2026-11-26T23:59:00Z", "", "2026-11-27T00:00:00Z"},
		{"18:00-24:00", "UTC", "2026-11-27T00:00:00Z", "2026-11-27T18:00:00Z", ""},
		{"0:00-9:00", "UTC", "2026-11-27T00:00:00Z", "", "2026-11-27T09:00:00Z"},
		{night, "America/New_York", "2026-11-26T02:00:00Z", "2026-11-26T03:00:00Z", ""},
		{night, "Europe/Berlin", "2026-03-28T21:00:00Z", "", "2026-03-29T04:00:00Z"},            // a night of 7 hours
		{night, "Europe/Berlin", "2026-10-24T20:00:00Z", "", "2026-10-25T05:00:00Z"},            // and one of 9
		{"02:00-03:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z", ""},    // not there on the 29th
		{"02:30-05:00", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", ""},    // its beginning is not
		{"22:00-02:30", "Europe/Berlin", "2026-03-29T00:00:00Z", "", "2026-03-29T01:00:00Z"},    // its end is not
		{"22:00-02:30", "Europe/Berlin", "2026-10-24T22:00:00Z", "", "2026-10-25T00:30:00Z"},    // 02:30 is there twice
		{"22:00-02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", ""},    // so it opens again
		{"22:00-03:00", "Europe/Berlin", "2026-10-24T22:00:00Z", "", "2026-10-25T02:00:00Z"},    // never 03:00 until then
		{"00:00-00:30", "America/Santiago", "2026-09-05T12:00:00Z", "2026-09-07T03:00:00Z", ""}, // nor midnight on the 6th
		{"22:00-06:00", "Pacific/Apia", "2011-12-30T09:00:00Z", "", "2011-12-30T16:00:00Z"},     // a day is skipped
	}
	for _, test := range tests {
		at, err := time.Parse(time.RFC3339Nano, test.at)
		if err != nil {
			t.Fatal(err)
		}
		w := window(t, test.window, test.zone)
		for _, got := range []struct {
			name, want string
			time       time.Time
		}{{"begins", test.begins, w.Begins(at)}, {"ends", test.ends, w.Ends(at)}} {
			if got.want == "" {
				got.want = test.at
			}
			if s := got.time.UTC().Format(time.RFC3339Nano); s != got.want {
				t.Errorf("%s in %s at %s: %s %s, want %s", w, test.zone, test.at, got.name, s, got.want)
			}
		}
		if w.Open(at) != (test.begins == "") {
			t.Errorf("%s in %s at %s: open is %v", w, test.zone, test.at, w.Open(at))
		}
	}
}

func TestParseWindowErrors(t *testing.T) {
	for _, text := range []string{"", "22:00", "22:00-", "-06:00", "22-06", "22:00–06:00", "24:00-06:00", "22:00-25:00", "22:60-06:00", "22:00-06:00-08:00", "22:00 - 06:00", "10pm-6am"} {
		want := fmt.Sprintf("%q is no time window: write it as 22:00-06:00", text)
		if w, err := ParseWindow(text, time.UTC); err == nil || err.Error() != want {
			t.Errorf("got %v, %v, want %s", w, err, want)
		}
	}
	for _, text := range []string{"06:00-06:00", "00:00-24:00", "6:00-06:00"} {
		want := fmt.Sprintf("%q ends where it begins: leave the time window out to work at any time", text)
		if w, err := ParseWindow(text, time.UTC); err == nil || err.Error() != want {
			t.Errorf("got %v, %v, want %s", w, err, want)
		}
	}
}

// Going minute by minute, the window is what the clock on the wall says, and
// changes where Begins and Ends say.
func TestWindowIsWhatTheClockSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
		to := rapid.IntRange(0, 24*60-1).Filter(func(m int) bool { return m != from }).Draw(t, "to")
		hhmm := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
		w := window(t, hhmm(from)+"-"+hhmm(to), z)
		at := instant(t, w.zone)

		open := w.Open(at)
		change := w.Ends(at)
		if !open {
			change = w.Begins(at)
		}
		for ; !at.After(change); at = at.Add(time.Minute) {
			s := at.Format("15:04")
			says := s >= hhmm(from) && s < hhmm(to)
			if from > to {
				says = s >= hhmm(from) || s < hhmm(to)
			}
			if w.Open(at) != says || says != (open == at.Before(change)) {
				t.Fatalf("%s at %v: open is %v, and changes at %v", w, at, w.Open(at), change)
			}
		}
	})
}

func ExampleWindow() {
	berlin, err := ParseZone("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	night, err := ParseWindow("22:00-06:00", berlin)
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, time.November, 25, 23, 0, 0, 0, berlin)
	fmt.Println(night.Open(now), "until", night.Ends(now))
	// Output: true until 2026-11-26 06:00:00 +0100 CET
}
