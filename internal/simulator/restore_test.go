package simulator

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		tn := tenant(t, Options{Open: true, Count: 3, Settle: time.Minute})
		restore := func(user, action, platform string, status int, ago time.Duration) {
			tn.Restore(user, action, platform, status, now.Add(-ago))
		}
		for _, p := range platformNames {
			restore("done", "deactivate", p, 204, time.Hour)
		}
		restore("all", "deactivate", "", 204, time.Hour)
		restore("failed", "deactivate", "training", 503, time.Hour)
		restore("failed", "deactivate", "management", 204, time.Hour)
		restore("ignored", "deactivate", "*", 204, time.Hour)
		restore("ignored", "deactivate", "talent", 204, time.Hour)
		restore("ignored", "check", "training", 200, time.Hour)
		restore("queued", "deactivate", "training", 202, 50*time.Second)
		restore("queued", "deactivate", "social", 202, 70*time.Second)
		restore("undone", "deactivate", "", 204, time.Hour)
		restore("undone", "activate", "training", 202, 50*time.Second)
		restore("undone", "activate", "management", 200, 50*time.Second)
		restore("retried", "deactivate", "training", 202, 50*time.Second)
		restore("retried", "deactivate", "training", 200, 40*time.Second)
		restore(madeUpID(0, 0), "deactivate", "", 200, 0)

		expect := func(user, want string) {
			t.Helper()
			if got := where(tn, user); got != want {
				t.Errorf("%s is on at %q, want %q", user, got, want)
			}
		}
		expect("done", "")
		expect("all", "")
		expect("failed", "training social play")
		expect("queued", "training play management")
		expect("undone", "management")
		expect("retried", "social play management")
		expect("user000001", "")
		if _, known := tn.Enabled("ignored", ""); known {
			t.Error("someone was made of nothing")
		}
		time.Sleep(10 * time.Second)
		expect("queued", "play management")
		expect("undone", "training management")
	})
}

func TestRestoreUnknown(t *testing.T) {
	tn := tenant(t, Options{Count: 1})
	tn.Restore("bob", "deactivate", "training", 204, time.Now())
	if w := do(tn, get("bob")); w.Code != http.StatusNotFound {
		t.Errorf("got %d", w.Code)
	}
}
