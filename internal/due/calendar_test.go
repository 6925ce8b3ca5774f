package due

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDue(t *testing.T) {
	tests := []struct{ zone, format, cell, want string }{
		{"UTC", "", "2026-11-30", "2026-12-01T00:00:00Z"},
		{"UTC", "", " 2026-12-31\u00a0", "2027-01-01T00:00:00Z"},
		{"UTC", "", "2028-02-29", "2028-03-01T00:00:00Z"},
		{"UTC", "", "9999-12-31", "10000-01-01T00:00:00Z"},
		{"Europe/Berlin", "", "2026-11-30", "2026-11-30T23:00:00Z"},
		{"Europe/Berlin", "", "2026-03-29", "2026-03-29T22:00:00Z"}, // of 23 hours
		{"Europe/Berlin", "", "2026-10-25", "2026-10-25T23:00:00Z"}, // of 25 hours
		{"America/New_York", "", "2026-11-30", "2026-12-01T05:00:00Z"},
		{"Pacific/Kiritimati", "", "2026-11-30", "2026-11-30T10:00:00Z"},
		{"America/Santiago", "", "2026-09-05", "2026-09-06T04:00:00Z"}, // the next day begins at 01:00
		{"America/Santiago", "", "2026-04-04", "2026-04-05T04:00:00Z"}, // 23:00 is there twice
		{"America/Havana", "", "2026-10-31", "2026-11-01T04:00:00Z"},   // midnight is there twice
		{"America/St_Johns", "", "2010-11-06", "2010-11-07T03:30:00Z"}, // a minute later it is the 6th again
		{"Pacific/Apia", "", "2011-12-29", "2011-12-30T10:00:00Z"},     // the 30th is not there
		{"Pacific/Apia", "", "2011-12-30", "2011-12-30T10:00:00Z"},     // and over at once
		{"Europe/Berlin", "", "2026-11-30T17:00", "2026-11-30T16:00:00Z"},
		{"Europe/Berlin", "", "2026-11-30 17:00", "2026-11-30T16:00:00Z"},
		{"Europe/Berlin", "", "2026-11-30 17:00:01", "2026-11-30T16:00:01Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00:01.25", "2026-11-30T16:00:01.25Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00:01,25", "2026-11-30T16:00:01.25Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00Z", "2026-11-30T17:00:00Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00:00.5Z", "2026-11-30T17:00:00.5Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00:00-05:00", "2026-11-30T22:00:00Z"},
		{"Europe/Berlin", "", "2026-11-30 17:00+0530", "2026-11-30T11:30:00Z"},
		{"Europe/Berlin", "", "2026-11-30T17:00+01", "2026-11-30T16:00:00Z"},
		{"Europe/Berlin", "", "2026-03-29T02:30", "2026-03-29T01:00:00Z"}, // skipped
		{"Europe/Berlin", "", "2026-10-25T02:30", "2026-10-25T01:30:00Z"}, // twice
		{"Europe/Berlin", "", "2026-10-25T02:00", "2026-10-25T01:00:00Z"}, // twice
		{"Europe/Berlin", "", "2026-10-25T03:00", "2026-10-25T02:00:00Z"}, // once
		{"Europe/Berlin", "%d.%m.%Y", "30.11.2026", "2026-11-30T23:00:00Z"},
		{"UTC", "%m/%d/%Y", "01/02/2026", "2026-01-03T00:00:00Z"},
		{"UTC", "%d/%m/%Y", "01/02/2026", "2026-02-02T00:00:00Z"},
		{"UTC", "%-d.%-m.%y", "1.2.26", "2026-02-02T00:00:00Z"},
		{"UTC", "%-d.%-m.%y", "01.02.26", "2026-02-02T00:00:00Z"},
		{"UTC", "%Y%m%d", "20261130", "2026-12-01T00:00:00Z"},
		{"UTC", "%Y-%j", "2026-334", "2026-12-01T00:00:00Z"},
		{"UTC", "%e %b %Y", "30 Nov 2026", "2026-12-01T00:00:00Z"},
		{"Europe/Berlin", "%d.%m.%Y %H:%M", "30.11.2026 17:00", "2026-11-30T16:00:00Z"},
		{"Europe/Berlin", "%m/%d/%Y %I:%M %p", "11/30/2026 05:00 PM", "2026-11-30T16:00:00Z"},
		{"Europe/Berlin", "%d.%m.%Y %H:%M %z", "30.11.2026 17:00 -0500", "2026-11-30T22:00:00Z"},
	}
	for _, test := range tests {
		got, err := calendar(t, test.zone, test.format).Due(test.cell)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s in %s by %q: got %v, %v, want %s", test.cell, test.zone, test.format, got.UTC(), err, test.want)
		}
		if err == nil && got.Location().String() != test.zone {
			t.Errorf("%s: got the zone %s, want %s", test.cell, got.Location(), test.zone)
		}
	}
}

func TestDueErrors(t *testing.T) {
	const (
		iso     = " is no ISO 8601 date, such as 2026-11-30, 2026-11-30T17:00 or 2026-11-30T17:00:00+01:00"
		guess   = " is not ISO 8601, and whether day or month comes first is never guessed: name the date format, such as "
		misfit  = ` does not fit the date format "%d.%m.%Y" (%d and %m are two digits, %-d and %-m one or two)`
		ancient = " is before the year 2000: empty the cell if it stands for no date"
	)
	tests := []struct{ format, cell, want string }{
		{"", "01/02/2026", guess + "%d/%m/%Y or %m/%d/%Y"},
		{"", "31.12.26", guess + "%d.%m.%Y or %m.%d.%Y"},
		{"", "1-2-2026 17:00", guess + "%d-%m-%Y or %m-%d-%Y"},
		{"", "2026-02-30", " does not exist: day out of range"},
		{"", "2027-02-29T12:00", " does not exist: day out of range"},
		{"", "2026-13-01", " does not exist: month out of range"},
		{"", "2026-11-00", " does not exist: day out of range"},
		{"", "2026-11-30T24:00", " does not exist: hour out of range"},
		{"", "2026-11-30 17:60", " does not exist: minute out of range"},
		{"", "2026-12-31T23:59:60Z", " does not exist: second out of range"},
		{"", "20261130", iso},
		{"", "46356", iso},
		{"", "2026-1-2", iso},
		{"", "2026-11", iso},
		{"", "2026-11-30T", iso},
		{"", "2026-11-30 CET", iso},
		{"", "2026/11/30", iso},
		{"", "tomorrow", iso},
		{"", "1970-01-01", ancient},
		{"", "0001-01-01T00:00:00Z", ancient},
		{"%d.%m.%Y", "31.12.1899", ancient},
		{"%d.%m.%Y", "2026-11-30", misfit},
		{"%d.%m.%Y", "1.2.2026", misfit},
		{"%d.%m.%Y", "30.02.2026", " does not exist: day out of range"},
		{"%d.%m.%Y", "12.13.2026", " does not exist: month out of range"},
	}
	for _, test := range tests {
		got, err := calendar(t, "Europe/Berlin", test.format).Due(test.cell)
		if want := fmt.Sprintf("%q%s", test.cell, test.want); err == nil || err.Error() != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
	if got, err := calendar(t, "UTC", "").Due(" "); err == nil || err.Error() != "there is no date" {
		t.Errorf("empty: got %v, %v", got, err)
	}
}

func TestNewCalendarErrors(t *testing.T) {
	const (
		date  = "it does not tell year, month and day: write it as in %d.%m.%Y or %m/%d/%Y"
		clock = "it tells a part of the time only: write it as in %H:%M or %I:%M %p"
		names = "names of time zones are not unique: use %z, or leave it out"
	)
	for format, want := range map[string]string{
		"DD.MM.YYYY":        date,
		"%d.%m.":            date,
		"%m/%Y":             date,
		"%H:%M":             date,
		"%d.%m.%Y %I:%M":    clock,
		"%d.%m.%Y :%M":      clock,
		"%d.%m.%Y %z":       clock,
		"%d.%m.%Y %H:%M %Z": names,
		"%Q":                "strftime: unsupported directive: %Q ",
		"%d.%m.2026":        "strftime: unsupported literal: 2",
	} {
		c, err := NewCalendar(time.UTC, format)
		if want := fmt.Sprintf("date format %q: %s", format, want); err == nil || err.Error() != want {
			t.Errorf("got %v, %v, want %s", c, err, want)
		}
	}
}

// A day is over at an instant before which it still was that day at the latest,
// and after which it never is again.
func TestDayIsOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		date := instant(t, z).Format(time.DateOnly)
		end, err := calendar(t, z.String(), "").Due(date)
		if err != nil {
			t.Fatal(err)
		}
		if before := end.Add(-1).Format(time.DateOnly); before > date {
			t.Fatalf("%v is too late: it is %s before", end, before)
		}
		for step := range 3 * 24 * 12 {
			if at := end.Add(time.Duration(step) * 5 * time.Minute); at.Format(time.DateOnly) <= date {
				t.Fatalf("%v is too early: at %v the day is not over", end, at)
			}
		}
	})
}

// An instant, however it is written, is read as itself; without its offset not
// earlier, and as one that shows the same time.
func TestInstantsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		at := instant(t, z)
		c := calendar(t, z.String(), "")
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04Z07:00", "2006-01-02T15:04:05.000Z0700"} {
			if got, err := c.Due(at.Format(layout)); err != nil || !got.Equal(at) {
				t.Fatalf("%s: got %v, %v", at.Format(layout), got, err)
			}
		}
		wall := at.Format("2006-01-02 15:04")
		got, err := c.Due(wall)
		if err != nil || got.Before(at) || got.Format("2006-01-02 15:04") != wall {
			t.Fatalf("%s: got %v, %v", wall, got, err)
		}
	})
}

func FuzzDue(f *testing.F) {
	f.Add("2026-11-30T17:00:00.5+01:00", "")
	f.Add("30.11.2026 5:00 PM", "%d.%m.%Y %-I:%M %p")
	f.Fuzz(func(t *testing.T, cell, format string) {
		c, err := NewCalendar(zone(t, "Europe/Berlin"), format)
		if err != nil {
			return
		}
		got, err := c.Due(cell)
		if err == nil && got.Year() < earliest-1 || err != nil && !got.IsZero() {
			t.Errorf("%q by %q: got %v, %v", cell, format, got, err)
		}
		if format == "" && err == nil && !strings.HasPrefix(strings.TrimSpace(cell), "2") && got.Year() < 3000 {
			t.Errorf("%q is no date of %v", cell, got)
		}
	})
}

func BenchmarkDue(b *testing.B) {
	c := calendar(b, "Europe/Berlin", "")
	for _, cell := range []string{"2026-11-30", "2026-11-30 17:00:00+01:00"} {
		b.Run(cell, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Due(cell); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleCalendar_Due() {
	berlin, err := ParseZone("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	c, err := NewCalendar(berlin, "%d.%m.%Y")
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Due("30.11.2026"))
	_, err = c.Due("30.02.2026")
	fmt.Println(err)
	// Output:
	// 2026-12-01 00:00:00 +0100 CET <nil>
	// "30.02.2026" does not exist: day out of range
}
