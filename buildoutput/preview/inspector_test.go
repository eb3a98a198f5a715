package preview

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

// inspected is a server with an inspector, over prerender.txtar.
func inspected(t *testing.T) *Server {
	t.Helper()
	s, _ := open(t, "prerender", Options{
		Origin: "http://localhost:3000", Inspector: true, VirtualClock: true,
		Regions: []isr.Region{{Name: "iad1"}, {Name: "fra1"}},
	})
	return s
}

// act does an action of the inspector and gives its answer.
func act(t *testing.T, s *Server, action, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", InspectorPath+"api/"+action, strings.NewReader(body))
	r.Host = "localhost:3000"
	r.Header.Set(InspectorHeader, "1")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			r.Host = value
		} else if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestInspectorActs(t *testing.T) {
	s := inspected(t)
	visit := func(path, want string, headers ...string) {
		t.Helper()
		w := ask(s, "GET", path, append([]string{"Host: localhost:3000"}, headers...)...)
		got := strings.TrimSpace(w.Header().Get("X-Vercel-Cache") + " " + w.Header().Get("X-Isrgen-Reason"))
		if got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
	do := func(action, body, want string) {
		t.Helper()
		w := act(t, s, action, body)
		if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || !strings.Contains(got, want) {
			t.Errorf("%s %s: %d %s, want %s", action, body, w.Code, got, want)
		}
	}
	const one = `{"output": "blog/[slug]", "query": "slug=one"}`
	visit("/blog/one", "MISS cold")
	visit("/blog/one", "HIT")
	do("clock", `{"seconds": 60}`, "{}")
	visit("/blog/one", "STALE stale_time")
	eventually(t, "it is renewed", func() bool {
		return ask(s, "GET", "/blog/one", "Host: localhost:3000").Header().Get("X-Vercel-Cache") == "HIT"
	})
	do("purge", one, `"purged":true`)
	visit("/blog/one", "STALE stale_tag", RegionHeader+": fra1")
	do("revalidate", one, `"status":"REVALIDATED"`)
	visit("/blog/one", "HIT")
	do("function", `{"output": "blog/[slug]", "down": true}`, "{}")
	do("revalidate", one, `"status":"STALE"`)
	visit("/blog/one", "STALE stale_error")
	do("function", `{"output": "blog/[slug]", "down": false}`, "{}")
	do("purge", `{"output": "blog/[slug]", "query": "slug=one", "forGood": true}`, `"purged":true`)
	visit("/blog/one", "REVALIDATED")
	do("region", `{"region": "fra1", "down": true}`, "{}")
	visit("/blog/one", "HIT", RegionHeader+": fra1")

	w := act(t, s, "draft", `{"output": "blog/[slug]", "on": true}`)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Value != token || !cookies[0].HttpOnly || strings.Contains(w.Body.String(), token) {
		t.Errorf("draft mode: %v %s", cookies, w.Body)
	}
	visit("/blog/one", "BYPASS draft_mode", "Cookie: __prerender_bypass="+cookies[0].Value)
	for cookie, want := range map[string]bool{token: true, "wrong": false, "": false} {
		for _, route := range stateOfInspector(t, s, "Cookie: "+draftCookie+"="+cookie).Routes {
			if route.Draft != (want && route.Token) {
				t.Errorf("with the cookie %q the draft mode of %s is %v", cookie, route.Output, route.Draft)
			}
		}
	}

	for _, seconds := range []string{"-9223372036854775808", "315360001", "9223372036854775807"} {
		if w := act(t, s, "clock", `{"seconds": `+seconds+`}`); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("the clock is advanced by %s seconds: %d", seconds, w.Code)
		}
	}
	for action, body := range map[string]string{
		"revalidate": `{"output": "none"}`, "function": `{"output": "none"}`, "region": `{"region": "none"}`,
		"promote": `{"id": "none"}`, "rollback": `{}`, "draft": `{"output": "search", "on": true}`, "clock": `{"seconds": -1}`,
	} {
		if w := act(t, s, action, body); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s %s: %d %s", action, body, w.Code, w.Body)
		}
	}
	if w := act(t, s, "nothing", "{}"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown action is %d", w.Code)
	}
	if w := act(t, s, "clock", "not JSON"); w.Code != http.StatusBadRequest {
		t.Errorf("a body that is no JSON is %d", w.Code)
	}
}

// stateOfInspector asks for the state.
func stateOfInspector(t *testing.T, s *Server, headers ...string) *State {
	t.Helper()
	w := ask(s, "GET", InspectorPath+"api/state", append([]string{"Host: localhost:3000"}, headers...)...)
	if strings.Contains(w.Body.String(), token) {
		t.Error("the state holds the token")
	}
	state := new(State)
	if err := json.Unmarshal(w.Body.Bytes(), state); err != nil {
		t.Fatal(err)
	}
	return state
}

// TestInspectorFollowsTheStore: what a region would be told by the store before it answers is what the inspector shows of it.
func TestInspectorFollowsTheStore(t *testing.T) {
	s := inspected(t)
	for _, region := range []string{"iad1", "fra1"} {
		ask(s, "GET", "/blog/one", "Host: localhost:3000", RegionHeader+": "+region)
	}
	for _, test := range []struct{ action, body, want string }{
		{"purge", `{"output": "blog/[slug]", "query": "slug=one"}`, "STALE stale_tag"},
		{"revalidate", `{"output": "blog/[slug]", "query": "slug=one"}`, "HIT"},
		{"purge", `{"output": "blog/[slug]", "query": "slug=one", "forGood": true}`, "REVALIDATED"},
	} {
		if w := act(t, s, test.action, test.body); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", test.action, w.Code, w.Body)
		}
		for _, region := range stateOfInspector(t, s).Regions {
			for _, entry := range region.Entries {
				if got := strings.TrimSpace(string(entry.Status) + " " + string(entry.Reason)); got != test.want {
					t.Errorf("after %s, %s shows %s, want %s", test.action, region.Name, got, test.want)
				}
			}
			if len(region.Entries) != 1 {
				t.Errorf("after %s, %s has %d entries", test.action, region.Name, len(region.Entries))
			}
		}
	}
}

func TestInspectorShows(t *testing.T) {
	s := inspected(t)
	ask(s, "GET", "/blog/one", "Host: localhost:3000")
	ask(s, "GET", "/blog/one", "Host: fra1.localhost:3000")
	ask(s, "GET", "/", "Host: localhost:3000")
	state := stateOfInspector(t, s)
	if len(state.Regions) != 2 || len(state.Deployments) != 1 || !state.Deployments[0].Current || !state.VirtualClock {
		t.Errorf("the state is %+v", state)
	}
	entry := state.Regions[1].Entries[0]
	if entry.Domain != "localhost" || entry.Output != "blog/[slug]" || entry.Query != "slug=one" || entry.Status != isr.Hit ||
		entry.Bytes == 0 || entry.Expires == nil || entry.Expires.Sub(entry.Generated) != time.Minute {
		t.Errorf("the entry of the second region is %+v", entry)
	}
	if last := state.Events[0]; last.What != isr.Rendered || last.Output != "blog/[slug]" || last.Region != "iad1" || last.Status != 200 {
		t.Errorf("the first event is %+v", last)
	}
	for _, route := range state.Routes {
		if route.Output == "blog/[slug]" && (route.Kind != "isr" || route.Expiration != "60s" || !route.Token) {
			t.Errorf("the route is %+v", route)
		}
	}
}

func TestInspectorStreams(t *testing.T) {
	s := inspected(t)
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+InspectorPath+"api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Scan() // it has begun
	ask(s, "GET", "/blog/one", "Host: localhost:3000")
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var event EventView
			if err := json.Unmarshal([]byte(text), &event); err != nil || event.Output != "blog/[slug]" {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
	}
	t.Error("no event came", lines.Err())
}

// TestInspectorRefuses: a page of another site, whose script runs in a browser on this machine, can neither see nor do anything.
func TestInspectorRefuses(t *testing.T) {
	s := inspected(t)
	for _, headers := range [][]string{
		{"Host: evil.example"}, // a name that was made to lead here
		{"Host: evil.example:3000"},
		{"Origin: http://evil.example"},
		{"Origin: null"},
		{"Origin: http://localhost:4000"},
		{"Sec-Fetch-Site: cross-site"},
		{"Sec-Fetch-Site: same-site"},
		{InspectorHeader + ": "}, // a form cannot send it
	} {
		if w := act(t, s, "clock", `{"seconds": 60}`, headers...); w.Code != http.StatusForbidden {
			t.Errorf("an action with %v is %d", headers, w.Code)
		}
		if headers[0] == InspectorHeader+": " {
			continue
		}
		w := ask(s, "GET", InspectorPath+"api/state", append([]string{"Host: localhost:3000"}, headers...)...)
		if w.Code != http.StatusForbidden {
			t.Errorf("the state with %v is %d", headers, w.Code)
		}
	}
	for _, path := range []string{"../inspector.go", "nothing", "inspector.css/"} {
		if w := ask(s, "GET", InspectorPath+path, "Host: localhost:3000"); w.Code == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
	plain, _ := open(t, "prerender", Options{Origin: "http://localhost:3000"})
	if w := ask(plain, "GET", InspectorPath+"api/state", "Host: localhost:3000"); w.Code != http.StatusNotFound {
		t.Errorf("a server without an inspector answers %d", w.Code)
	}
}
