package netex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzRetryAfter: whatever the header says, the wait is from 0 to a day, and
// whole seconds and dates mean what they say.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{
		"3", "0.25", "-1", "1e300", "NaN", "+Inf", "0x1p4", " 7\t", "Tue, 24 Nov 2026 09:00:30 GMT",
		"Fri, 31 Dec 9999 23:59:59 GMT", "Tuesday, 24-Nov-26 09:01:00 GMT", "Tue Nov 24 09:00:05 2026",
	} {
		f.Add(s, int64(1_795_510_800))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		now := time.Unix(unix%(1<<33), 0).UTC()
		got := RetryAfter(s, now)
		const most = 24 * time.Hour
		if got < 0 || got > most {
			t.Fatalf("%q: got %v", s, got)
		}
		want := got
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			want = time.Duration(min(max(n, 0), 86400)) * time.Second
		} else if at, err := time.Parse(http.TimeFormat, s); err == nil {
			want = min(max(at.Sub(now), 0), most)
		}
		if got != want {
			t.Errorf("%q at %v: got %v, want %v", s, now, got, want)
		}
	})
}

// FuzzAnswer judges whatever a server may say by another reading of it, with
// the standard library's decoder: no answer may prove more than it says.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		fmt.Sprintf(documented, 200, 202), fmt.Sprintf(documented, 201, 404), `{"status":"204"}`, "", " \n", "<html>", `null`, `{`,
		`{"timestamp":1,"status":404,"error":"Not Found","message":"x"}`, `{"status":204,"status":403}`,
		`{"status":204,"responsePlatforms":{"a":null,"b":{"status":1e3}}}`, `{"status":204,"responsePlatforms":{"a":{"Status":204},"a":{"status":500}}}`,
		`{"status":204,"responsePlatforms":{"a":{"status":202}},"responseplatforms":{}}`, `{"ſtatus":204}`, `{"sta_tus":204}`, `{"status":204,"response-Platforms":{"a":{"status":500}}}`, `{"enabled_":false}`,
		`{"enabled":false}`, `{"enabled":true,"enabled":false}`, `{"status":200,"user":{"enabled":false,"password":"x"}}`,
		`{"status":404,"message":"` + fuzzToken + `"}`, `{"status":204,"responsePlatforms":[]}`,
	} {
		f.Add(200, []byte(body))
		f.Add(202, []byte(body))
		f.Add(404, []byte(body))
	}
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		if code < 100 || code > 999 {
			return
		}
		r := &http.Response{StatusCode: code, Header: http.Header{"Location": {string(body)}}}
		deactivated := settle(r, body, nil, judge).without(fuzzToken)
		wantProven(t, deactivated, code, body)
		wantTexts(t, deactivated)
		checked := settle(r, body, nil, judgeUser).without(fuzzToken)
		wantRead(t, checked, code, body)
		wantTexts(t, checked)
	})
}

const fuzzToken = "s3cr3t-t0ken"

// wantProven: a deactivation is done, or pending, only by statuses that all
// say so.
func wantProven(t *testing.T, a Answer, code int, body []byte) {
	t.Helper()
	statuses, whole := statusesOf(body)
	good, bad := 0, 0
	for _, s := range statuses {
		switch s {
		case 200, 201, 204:
			good++
		case 202:
		default:
			bad++
		}
	}
	proven := code == 200 || code == 201 || code == 204
	blank := len(bytes.TrimSpace(body)) == 0
	switch a.Outcome {
	case Done:
		if !proven || !blank && (!whole || good != len(statuses)) {
			t.Errorf("HTTP %d, statuses %v, is done", code, statuses)
		}
	case Pending:
		if code != 202 && !(proven && whole) || bad > 0 || code != 202 && good == len(statuses) {
			t.Errorf("HTTP %d, statuses %v, is pending", code, statuses)
		}
	case Failed:
		if proven && whole && good == len(statuses) {
			t.Errorf("HTTP %d, statuses %v, has failed: %q", code, statuses, a.Message)
		}
	default:
		t.Errorf("a deactivation is %s", a.Outcome)
	}
	if a.Outcome != Failed && a.Verdict != Final {
		t.Errorf("%s, and verdict %d", a.Outcome, a.Verdict)
	}
	for _, p := range a.Platforms {
		if a.Outcome != worse(a.Outcome, p.Outcome) {
			t.Errorf("platform %q is %s, the user %s", p.Name, p.Outcome, a.Outcome)
		}
	}
}

// wantRead: a check finds what some part of the answer says, and nothing else
// says the contrary on the same level.
func wantRead(t *testing.T, a Answer, code int, body []byte) {
	t.Helper()
	on, off := bytes.Contains(body, []byte("true")), bytes.Contains(body, []byte("false"))
	ok := false
	switch a.Outcome {
	case On:
		ok = on && code/100 == 2 && json.Valid(body)
	case Off:
		ok = off && code/100 == 2 && json.Valid(body)
	case Missing:
		ok = code == 404 || code == 410 || bytes.Contains(body, []byte("404")) || bytes.Contains(body, []byte("410"))
	case Failed:
		ok = true
	}
	if !ok {
		t.Errorf("HTTP %d: a check finds %s", code, a.Outcome)
	}
}

// wantTexts: what is kept of a server's words is valid, not long, says why
// somebody has failed, and does not say the token.
func wantTexts(t *testing.T, a Answer) {
	t.Helper()
	texts := []string{a.Message, a.Location}
	why := a.Message != ""
	for _, p := range a.Platforms {
		texts = append(texts, p.Name, p.Message, p.Location)
		why = why || p.Outcome == Failed && p.Message != ""
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || len(s) > maxText+len("…") || strings.Contains(s, fuzzToken) {
			t.Errorf("keeps %q", s)
		}
	}
	if a.Outcome == Failed && !why {
		t.Errorf("%+v does not say why it has failed", a)
	}
}

// statusesOf reads an answer's statuses, the generic ones and then those of each
// platform, without the program's types: 0 stands for one that is none. whole
// is false unless the body is one object with a status.
func statusesOf(body []byte) (statuses []int, whole bool) {
	top, ok := object(body)
	for _, m := range top {
		switch {
		case strings.EqualFold(m.name, "status") && string(m.value) != "null":
			statuses, whole = append(statuses, number(m.value)), true
		case strings.EqualFold(m.name, "responsePlatforms"):
			platforms, isObject := object(m.value)
			ok = ok && len(platforms) <= maxPlatforms && (isObject || string(m.value) == "null")
			for _, p := range platforms {
				statuses = append(statuses, ofPlatform(p.value)...)
			}
		}
	}
	if !ok { // it is no answer of this API, and says nothing
		return nil, false
	}
	return statuses, whole
}

func ofPlatform(value []byte) (statuses []int) {
	members, _ := object(value)
	for _, m := range members {
		if strings.EqualFold(m.name, "status") {
			statuses = append(statuses, number(m.value))
		}
	}
	if len(statuses) == 0 {
		return []int{0}
	}
	return statuses
}

// number is a whole number, or one in quotes, as JSON writes them; else 0.
func number(value []byte) int {
	f, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	if err != nil || f != float64(int(f)) {
		return 0
	}
	return int(f)
}

type member struct {
	name  string
	value json.RawMessage
}

// object lists the members of a JSON object in order, doubles included.
func object(text []byte) (all []member, ok bool) {
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token()
	for d.More() {
		var m member
		name, _ := d.Token()
		m.name, _ = name.(string)
		_ = d.Decode(&m.value)
		all = append(all, m)
	}
	return all, true
}
