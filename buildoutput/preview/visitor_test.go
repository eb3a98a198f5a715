package preview

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput/emulator"
)

var visitorSeed = flag.Uint64("visitors.seed", 0, "repeat TestVisitorNeverReachesFunction with the visitors of a seed; 0 takes new ones")

// TestVisitorNeverReachesFunction is the promise that makes a shared cache safe. Everything that a visitor can send and that the
// config does not name carries a mark of the visitor. No function may ever be asked with a mark in the request, and no visitor may
// get one in the response. Draft mode with the right token is the exception: the function is asked with the visitor's mark, and
// the visitor alone gets the response.
func TestVisitorNeverReachesFunction(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("functions are Linux executables")
	}
	seed := *visitorSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the visitors were those of -visitors.seed=%d", seed)
		}
	})
	a, err := txtar.ParseFile("testdata/visitor.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var recorded events
	s, err := New(unpack(t, a.Files), Options{Origin: "http://localhost:3000", FunctionLog: recorded.add})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	visits := visitTogether(t, server.URL, seed, 8, 150)
	server.Close()
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	recorded.check(t, visits)
}

// visitTogether lets visitors come on several roads at the same time, each road with its own visitors, and checks what they get.
func visitTogether(t *testing.T, base string, seed uint64, roads, visitors int) []*visit {
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: roads},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	all := make([][]*visit, roads)
	var travelling sync.WaitGroup
	for road := range roads {
		travelling.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(road)))
			for n := range visitors {
				v := newVisit(r, fmt.Sprintf("zq%dv%dqz", road, n))
				all[road] = append(all[road], v)
				v.make(t, client, base)
			}
		})
	}
	travelling.Wait()
	return slices.Concat(all...)
}

// mark finds the marks of visitors, however often a text was escaped.
var mark = regexp.MustCompile(`zq\d+v\d+qz`)

// visit is one request of a visitor.
type visit struct {
	mark   string
	draft  bool // with the right token in the cookie
	method string
	target string
	header http.Header
	body   string

	want string // what the response holds if it is a page of a function, "" for anything
}

// pages are what is visited, and what the function says that it was asked for, in its own words.
var pages = []struct{ target, want string }{
	{"/", ""}, // the fallback knows nothing of the function
	{"/blog/one", `"x-now-route-matches":"slug=one"`},
	{"/blog/two", `"x-now-route-matches":"slug=two"`},
	{"/blog/two?slug=MARK", `"x-now-route-matches":"slug=two"`}, // the route says what slug is
	{"/search", `"Path":"/search"`},
	{"/search?q=a", `"Path":"/search?q=a"`},
	{"/search?q=b", `"Path":"/search?q=b"`},
	{"/members?q=a", `"Path":"/members"`},
	{"/members?q=MARK", `"Path":"/members"`}, // without passQuery
	{"/headers", `"Path":"/headers"`},
	{"/later/one", `__isrgen_path=%2Flater%2Fone"`},
	{"/later/two?q=a", `__isrgen_path=%2Flater%2Ftwo&q=a"`},
	{"/_isrgen", `"Path":"/_isrgen"`},
	{"/nowhere/MARK", `"Path":"/404"`},
}

// names of headers that mean something to somebody on the way, and of some that do not.
var names = []string{
	"Authorization", "Proxy-Authorization", "Cookie", "User-Agent", "Referer", "Origin", "Accept", "Accept-Language", "Forwarded", "Via",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Uri", "X-Original-Url", "X-Rewrite-Url",
	"X-Real-Ip", "X-Vercel-Id", "X-Vercel-Forwarded-For", "X-Vercel-Ip-Country", "X-Vercel-Ip-City", "X-Vercel-Deployment-Url",
	"X-Vercel-Protection-Bypass", "X-Vercel-Cache", "X-Vercel-Sc-Headers", "X-Matched-Path", "X-Now-Route-Matches", "X-Invoke-Path",
	"X-Prerender-Revalidate", "X-Prerender-Revalidate-If-Generated", "X-Prerender-Bypass", "X-Middleware-Rewrite",
	"X-Middleware-Override-Headers", "X-Nextjs-Data", "X-Http-Method-Override", "X-Isr-Route", "If-None-Match", "If-Modified-Since",
	"Range", "Cache-Control", "Pragma", "Content-Type", "Content-Language", "Te", "Traceparent", "Baggage", "X-Own", "X_Underscore", "0",
}

// parameters that no config names, some of them close to one that does.
var parameters = []string{"utm", "Q", "q[]", "q%5B%5D", "SLUG", "slug[]", "nxtPslug", "__isr_route", "__isrgen_path", "__isrgen%5Fpath",
	"%5f%5fisrgen_path", "__ISRGEN_PATH", "__isrgen_path[]", "", "%", "x-matched-path", "+q", "q%00", "a;q"}

func newVisit(r *rand.Rand, mark string) *visit {
	page := pages[r.IntN(len(pages))]
	v := &visit{mark: mark, method: "GET", want: page.want, header: http.Header{"User-Agent": {mark}}}
	v.target = strings.ReplaceAll(page.target, "MARK", mark)
	for range r.IntN(5) {
		separator := "?"
		if strings.Contains(v.target, "?") {
			separator = "&"
		}
		v.target += separator + parameters[r.IntN(len(parameters))] + "=" + mark
	}
	for range r.IntN(12) {
		v.header.Add(names[r.IntN(len(names))], mark)
	}
	if r.IntN(3) == 0 {
		v.header.Add("Cookie", "session="+mark+"; __prerender_bypass="+mark)
	}
	if r.IntN(6) == 0 {
		v.method = []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"}[r.IntN(7)]
	}
	if r.IntN(4) == 0 {
		v.body = strings.Repeat(mark+"=1&", 1+r.IntN(50))
	}
	switch r.IntN(8) {
	case 0:
		v.header.Set("X-Prerender-Revalidate", token)
	case 1:
		v.draft = true
		v.header.Set("Cookie", "session="+mark+"; __prerender_bypass="+token)
	}
	return v
}

func (v *visit) String() string {
	return fmt.Sprintf("%s %s\n%v\n%s", v.method, v.target, v.header, v.body)
}

func (v *visit) make(t *testing.T, client *http.Client, base string) {
	req, err := http.NewRequest(v.method, base, strings.NewReader(v.body))
	if err != nil {
		t.Error(err)
		return
	}
	path, query, _ := strings.Cut(v.target, "?")
	req.URL.Opaque, req.URL.RawQuery = path, query // as it is, however it is escaped
	req.Header = v.header
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("%v: %v", v, err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%v: %v", v, err)
	}
	v.check(t, resp, string(body))
}

// check looks at a response.
func (v *visit) check(t *testing.T, resp *http.Response, body string) {
	status := resp.Header.Get("X-Vercel-Cache")
	bypassed := status == "BYPASS"
	if bypassed && !v.draft {
		t.Errorf("a visitor without the token reached the function:\n%v", v)
	}
	for _, found := range mark.FindAllString(fmt.Sprint(resp.Header)+body, -1) {
		if !bypassed || found != v.mark {
			t.Errorf("%s got the mark %s, with status %s:\n%v\n%v\n%s", v.mark, found, status, v, resp.Header, body)
			return
		}
	}
	fromFunction := !bypassed && v.method == "GET" && (status == "HIT" || status == "MISS" || status == "STALE" || status == "REVALIDATED")
	if fromFunction && resp.StatusCode != http.StatusNotModified && !strings.Contains(body, v.want) {
		t.Errorf("not the page that was asked for, with status %d %s:\n%v\n%s", resp.StatusCode, status, v, body)
	}
}

// events are what functions were asked, as they recorded it.
type events struct {
	mu    sync.Mutex
	lines []string
}

func (e *events) add(line emulator.Line) {
	if text, ok := strings.CutPrefix(line.Text, "event "); ok {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.lines = append(e.lines, text)
	}
}

// check looks for marks in every event. Only visitors in draft mode may have left theirs, each alone.
func (e *events) check(t *testing.T, visits []*visit) {
	drafts := map[string]bool{}
	for _, v := range visits {
		if v.draft {
			drafts[v.mark] = true
		}
	}
	renders, direct := 0, 0
	for _, line := range e.lines {
		found := slices.Compact(slices.Sorted(slices.Values(mark.FindAllString(unescapeAll(line), -1))))
		switch {
		case len(found) == 0:
			renders++
			checkRender(t, line)
		case len(found) == 1 && drafts[found[0]]:
			direct++
		default:
			t.Errorf("a function was asked with the marks %v:\n%s", found, line)
		}
	}
	t.Logf("%d visits, %d renders, %d of draft mode", len(visits), renders, direct)
	if renders == 0 || direct == 0 {
		t.Error("nothing was rendered, or nothing past the cache: this test saw nothing")
	}
}

// checkRender says that a render is a GET without a body and without what says who somebody is.
func checkRender(t *testing.T, event string) {
	var asked struct {
		Method, Body string
		Headers      map[string]any
	}
	if err := json.Unmarshal([]byte(event), &asked); err != nil {
		t.Errorf("%v: %s", err, event)
		return
	}
	if asked.Method != http.MethodGet || asked.Body != "" {
		t.Errorf("a render is not a GET without a body: %s", event)
	}
	for _, name := range []string{"cookie", "authorization", "proxy-authorization", "user-agent"} {
		if asked.Headers[name] != nil {
			t.Errorf("a render has a %s: %s", name, event)
		}
	}
}

// unescapeAll makes marks visible that were escaped for URLs, once or twice.
func unescapeAll(text string) string {
	for range 2 {
		if plain, err := url.QueryUnescape(text); err == nil {
			text = plain
		}
	}
	return text
}
