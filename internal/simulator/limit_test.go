package simulator

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfterOfLimit(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Rate: 10}, "1"},
		{Options{Rate: 0.25, Burst: 1}, "4"},
		{Options{Rate: 10, DecimalRetryAfter: true}, "0.1"},
		{Options{Rate: 0.4, Burst: 1, DecimalRetryAfter: true}, "2.5"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tt.o.Open = true
			tn := tenant(t, tt.o)
			burst := max(1, int(tt.o.Rate))
			for range burst {
				if w := do(tn, get("anna")); w.Code != 200 {
					t.Fatalf("%+v: got %d within the burst", tt.o, w.Code)
				}
			}
			w := do(tn, put("anna", "deactivate"))
			if got := w.Header().Get("Retry-After"); w.Code != 429 || got != tt.want {
				t.Errorf("%+v: got %d, Retry-After %q, want %q", tt.o, w.Code, got, tt.want)
			}
			if where(tn, "anna") != allPlatforms {
				t.Error("the server acted")
			}
			time.Sleep(5 * time.Second)
			if w := do(tn, get("anna")); w.Code != 200 {
				t.Errorf("%+v: got %d later", tt.o, w.Code)
			}
		})
	}
}

func TestOutages(t *testing.T) {
	outages, err := ParseOutages("10s-20s=503\n30s-40s=drop 25s-26s=502")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		tn := tenant(t, Options{Open: true, Outages: outages})
		began := time.Now()
		for _, tt := range []struct {
			at   time.Duration
			want int
		}{{0, 200}, {10, 503}, {19, 503}, {20, 200}, {25, 502}, {26, 200}, {30, 0}, {39, 0}, {40, 200}} {
			time.Sleep(time.Until(began.Add(tt.at * time.Second)))
			if got := do(tn, get("anna")).Code; got != tt.want {
				t.Errorf("after %ds: got %d, want %d", tt.at, got, tt.want)
			}
		}
	})
}

func TestParseOutagesErrors(t *testing.T) {
	for _, text := range []string{"10s", "10s-20s", "10s-20s=", "10s-5s=503", "10s-10s=503", "-1s-5s=503", "a-b=503", "10s-20s=200", "10s-20s=crash"} {
		if got, err := ParseOutages(text); err == nil || !strings.Contains(err.Error(), "10s-20s=503") {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
