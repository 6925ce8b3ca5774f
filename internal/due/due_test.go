package due

import (
	"testing"
	"time"
	_ "time/tzdata" // not every machine that tests has zones of its own

	"pgregory.net/rapid"
)

// zones change their clocks at midnight, over midnight, by half an hour, by a
// day, or never.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "America/Sao_Paulo",
	"America/St_Johns", "Africa/Cairo", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
	"Atlantic/Azores", "Pacific/Kiritimati", "America/Scoresbysund",
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func zone(t failer, name string) *time.Location {
	t.Helper()
	z, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func calendar(t failer, name, format string) *Calendar {
	t.Helper()
	c, err := NewCalendar(zone(t, name), format)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// instant draws one that is likely near a change of the clocks.
func instant(t *rapid.T, z *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC).Unix(), 2e9).Draw(t, "second"), 0).In(z)
	if _, end := at.ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = end.Add(time.Duration(rapid.IntRange(-30*60, 30*60).Draw(t, "minutes")) * time.Minute)
	}
	return at.Truncate(time.Minute)
}

// A machine's own zone can be named too, but not as "Local".
func TestParseLocalZone(t *testing.T) {
	old := time.Local
	defer func() { time.Local = old }()
	time.Local = zone(t, "Europe/Berlin") // as with TZ=Europe/Berlin
	if z, err := ParseZone("Europe/Berlin"); err != nil || z.String() != "Europe/Berlin" {
		t.Errorf("got %v, %v", z, err)
	}
	if z, err := ParseZone("Local"); err == nil {
		t.Errorf("got %v", z)
	}
}

func TestParseZone(t *testing.T) {
	for _, name := range zones {
		if z, err := ParseZone(name); err != nil || z.String() != name {
			t.Errorf("%s: got %v, %v", name, z, err)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Berlyn", "+01:00", "UTC+1", "../etc/passwd", "MEZ", "Europe/Berlin "} {
		want := `there is no time zone "` + name + `": write it as Europe/Berlin, America/New_York or UTC`
		if z, err := ParseZone(name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, %v", name, z, err)
		}
	}
}
