package main

import (
	"bytes"
	"context"
	"testing"
	"time"
)

// The cases in their short forms.

func TestShortKill(t *testing.T)      { short(t, "kill") }
func TestShortRetryKill(t *testing.T) { short(t, "retrykill") }
func TestShortInterrupt(t *testing.T) { short(t, "interrupt") }
func TestShortLook(t *testing.T)      { short(t, "look") }
func TestShortHalt(t *testing.T)      { short(t, "halt") }
func TestShortWaves(t *testing.T)     { short(t, "waves") }
func TestShortDisk(t *testing.T)      { short(t, "disk") }
func TestShortClock(t *testing.T)     { short(t, "clock") }
func TestShortLock(t *testing.T)      { short(t, "lock") }
func TestShortNetwork(t *testing.T)   { short(t, "network") }
func TestShortRate(t *testing.T)      { short(t, "rate") }
func TestShortCompare(t *testing.T)   { short(t, "compare") }
func TestShortScale(t *testing.T)     { short(t, "scale") }
func TestShortStart(t *testing.T)     { short(t, "start") }
func TestShortPlan(t *testing.T)      { short(t, "plan") }
func TestShortSoak(t *testing.T)      { short(t, "soak") }

func short(t *testing.T, name string) {
	if testing.Short() {
		t.Skip("drives the program for seconds")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	var out bytes.Buffer
	l, err := newLab(ctx, t.TempDir(), uint64(time.Now().UnixNano()), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range choose("short") {
		if c.name == name && !l.prove([]trial{c}, options{}) {
			t.Errorf("seed %d\n%s", l.seed, out.String())
		}
	}
	t.Log(out.String())
}
