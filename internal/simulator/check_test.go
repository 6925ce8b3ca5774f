package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestChecks(t *testing.T) {
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del(name)
			for _, v := range values {
				r.Header.Add(name, v)
			}
		}
	}
	body := func(contentType, text string) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
		}
	}
	const message = `{"message":"bye"}`
	const deactivate = "PUT /anna/deactivate"
	for _, tt := range []struct {
		name  string
		call  string
		spoil func(*http.Request)
		want  int
	}{
		{name: "deactivate", call: deactivate, want: 200},
		{name: "activate", call: "PUT /anna/activate", want: 200},
		{name: "get", call: "GET /anna", want: 200},
		{name: "list", call: "GET ", want: 200},

		{name: "post", call: "POST /anna/deactivate", want: 405},
		{name: "get of a put", call: "GET /anna/deactivate", want: 405},
		{name: "put of a get", call: "PUT /anna", want: 405},
		{name: "head", call: "HEAD /anna", want: 405},
		{name: "put of a list", call: "PUT ", want: 405},

		{name: "other service", call: "PUT /anna/delete", want: 404},
		{name: "slash at the end", call: "PUT /anna/deactivate/", want: 404},
		{name: "real slash in the user", call: "PUT /a/b/deactivate", want: 404},
		{name: "no slash", call: "GET x", want: 404},

		{name: "dot", call: "PUT /./deactivate", want: 400},
		{name: "two dots", call: "PUT /../deactivate", want: 400},
		{name: "encoded dots", call: "PUT /%2e%2E/deactivate", want: 400},
		{name: "no user", call: "PUT //deactivate", want: 400},
		{name: "no user to get", call: "GET /", want: 400},
		{name: "semicolon", call: "PUT /a;b/deactivate", want: 400},
		{name: "unencoded quote", call: `PUT /a"b%2Fc/deactivate`, want: 400},
		{name: "three dots", call: "PUT /.../deactivate", want: 200},
		{name: "encoded slash", call: "PUT /a%2Fb/deactivate", want: 200},

		{name: "no token", call: deactivate, spoil: header(tokenHeader), want: 401},
		{name: "wrong token", call: deactivate, spoil: header(tokenHeader, "other"), want: 401},
		{name: "two tokens", call: deactivate, spoil: header(tokenHeader, "secret", "secret"), want: 401},
		{name: "no token to get", call: "GET /anna", spoil: header(tokenHeader), want: 401},
		{name: "no token to list", call: "GET ", spoil: header(tokenHeader), want: 401},

		{name: "no mode", call: deactivate, spoil: header(syncHeader), want: 400},
		{name: "wrong mode", call: deactivate, spoil: header(syncHeader, "Synchronous"), want: 400},
		{name: "two modes", call: deactivate, spoil: header(syncHeader, "synchronous", "asynchronous"), want: 400},
		{name: "no mode to activate", call: "PUT /anna/activate", spoil: header(syncHeader), want: 400},

		{name: "no accept", call: deactivate, spoil: header("Accept"), want: 406},
		{name: "any", call: deactivate, spoil: header("Accept", "*/*"), want: 406},
		{name: "json", call: "GET /anna", spoil: header("Accept", "application/json"), want: 406},
		{name: "bare", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api"), want: 200},
		{name: "version", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api.v1.0.0"), want: 200},
		{name: "version and format", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api.v1.0.1+xml"), want: 200},
		{name: "plain", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api+plain"), want: 200},
		{name: "unknown version", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api.v2+json"), want: 406},
		{name: "unknown format", call: deactivate, spoil: header("Accept", "application/vnd.netex.nlc-api+yaml"), want: 406},
		{name: "list of types", call: deactivate, spoil: header("Accept", accept+", */*"), want: 406},

		{name: "message", call: deactivate, spoil: body("application/json", message), want: 200},
		{name: "message with charset", call: deactivate, spoil: body("application/json; charset=utf-8", message), want: 200},
		{name: "empty message", call: deactivate, spoil: body("application/json", `{"message":""}`), want: 200},
		{name: "message without type", call: deactivate, spoil: body("", message), want: 415},
		{name: "message as text", call: deactivate, spoil: body("text/plain", message), want: 415},
		{name: "message in latin-1", call: deactivate, spoil: body("application/json; charset=latin1", message), want: 415},
		{name: "type without body", call: deactivate, spoil: header("Content-Type", "application/json"), want: 400},
		{name: "message to activate", call: "PUT /anna/activate", spoil: body("application/json", message), want: 400},
		{name: "body to get", call: "GET /anna", spoil: body("application/json", message), want: 400},
		{name: "not json", call: deactivate, spoil: body("application/json", "bye"), want: 400},
		{name: "two objects", call: deactivate, spoil: body("application/json", message+message), want: 400},
		{name: "null", call: deactivate, spoil: body("application/json", "null"), want: 400},
		{name: "no message", call: deactivate, spoil: body("application/json", "{}"), want: 400},
		{name: "null message", call: deactivate, spoil: body("application/json", `{"message":null}`), want: 400},
		{name: "number", call: deactivate, spoil: body("application/json", `{"message":1}`), want: 400},
		{name: "other case", call: deactivate, spoil: body("application/json", `{"Message":"bye"}`), want: 400},
		{name: "more fields", call: deactivate, spoil: body("application/json", `{"message":"bye","force":true}`), want: 400},
		{name: "large", call: deactivate, spoil: body("application/json", `{"message":"`+strings.Repeat("x", maxBody)+`"}`), want: 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tn := tenant(t, Options{Token: "secret", Open: true})
			method, path, _ := strings.Cut(tt.call, " ")
			r := request(method, usersPath+path)
			if method != http.MethodGet {
				r.Header.Set(syncHeader, "synchronous")
			}
			if tt.spoil != nil {
				tt.spoil(r)
			}
			w := do(tn, r)
			if w.Code != tt.want {
				t.Fatalf("got %d %s, want %d", w.Code, w.Body, tt.want)
			}
			if tt.want != 200 {
				checkSpring(t, w.Body.Bytes(), tt.want)
				if got := where(tn, "anna"); got != "" && got != allPlatforms {
					t.Errorf("refused, and yet only on at %q", got)
				}
			}
		})
	}
}

// checkSpring wants the body of an error to look like the framework's.
func checkSpring(t *testing.T, body []byte, status int) {
	t.Helper()
	got := decodeJSON[map[string]any](t, body)
	for _, field := range []string{"timestamp", "error", "message", "path"} {
		if s, ok := got[field].(string); !ok || s == "" {
			t.Errorf("%s is %v", field, got[field])
		}
	}
	if got["status"] != float64(status) {
		t.Errorf("status %v, want %d", got["status"], status)
	}
}

func TestMethodNotAllowedNamesTheMethod(t *testing.T) {
	tn := tenant(t, Options{Open: true})
	w := do(tn, request(http.MethodPost, usersPath+"/anna/deactivate"))
	if got := w.Header().Get("Allow"); got != http.MethodPut {
		t.Errorf("Allow is %q", got)
	}
}

func TestPathIsOneSegment(t *testing.T) {
	for path, want := range map[string]string{
		"a%2Fb":            "a/b",
		"a%252Fb":          "a%2Fb",
		"jos%C3%A9":        "josé",
		"a+b":              "a+b",
		"a%20b":            "a b",
		"rest.user@x.com":  "rest.user@x.com",
		"a%3Bb%3Fc%23d":    "a;b?c#d",
		"%2e%2e%2fanna":    "../anna",
		"%22%5C%7B":        `"\{`,
		"deactivate":       "deactivate",
		"a%2Fdeactivate":   "a/deactivate",
		"..%2F..%2Fsecret": "../../secret",
	} {
		tn := tenant(t, Options{Open: true})
		if w := do(tn, put(path, "deactivate")); w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
			continue
		}
		if _, known := tn.Enabled(want, ""); !known {
			t.Errorf("%s did not address %q", path, want)
		}
		user := decodeJSON[struct{ Username string }](t, do(tn, get(path)).Body.Bytes())
		if user.Username != want {
			t.Errorf("%s: got the user %q, want %q", path, user.Username, want)
		}
	}
}

// A real mux would clean the path or redirect; the tenant must see it raw
// over a real connection too.
func TestRawPathOverTheWire(t *testing.T) {
	s := start(t, Options{Open: true})
	for target, want := range map[string]int{
		usersPath + "/a%2Fb/deactivate":      200,
		usersPath + "/../deactivate":         400,
		usersPath + "//deactivate":           400,
		"/" + usersPath + "/anna/deactivate": 404,
		usersPath + "/x/../anna/deactivate":  404,
		usersPath + "/a\"%2Fb/deactivate":    400,
	} {
		if got := wire(t, s, "PUT", target); got != want {
			t.Errorf("%s: got %d, want %d", target, got, want)
		}
	}
}

func TestAppendString(t *testing.T) {
	for _, s := range []string{"", "anna", `a"b\c`, "tab\tline\nnul\x00del\x7f", "josé 日本 😀", "\u2028", "</script>"} {
		var got string
		b := appendString(nil, s)
		if err := json.Unmarshal(b, &got); err != nil || got != s {
			t.Errorf("%q became %s: %q, %v", s, b, got, err)
		}
	}
	if b := appendString(nil, "a\xffb"); string(b) != "\"a\uFFFDb\"" {
		t.Errorf("got %q", b)
	}
}
