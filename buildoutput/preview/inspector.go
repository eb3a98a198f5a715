package preview

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// InspectorPath begins the addresses of the inspector, which no output can have.
const InspectorPath = "/__isrgen/"

// InspectorHeader must be in every request that changes something. A page of another site cannot send it without asking first,
// and is refused then.
const InspectorHeader = "X-Isrgen-Inspector"

// State is what the inspector shows, as JSON at InspectorPath + "api/state".
type State struct {
	Now          time.Time    `json:"now"`
	VirtualClock bool         `json:"virtualClock"`
	Deployments  []Deployment `json:"deployments"`
	Regions      []RegionView `json:"regions"`
	Routes       []RouteView  `json:"routes"`
	Events       []EventView  `json:"events"` // the last at the end
}

// RegionView is a region and what it has in its memory.
type RegionView struct {
	Name      string      `json:"name"`
	Down      bool        `json:"down"`
	LatencyMS int64       `json:"latencyMs"`
	Entries   []EntryView `json:"entries"`
}

// EntryView is an entry of the cache. Status and Reason are what a visit would be answered with.
type EntryView struct {
	EntryName
	Status     isr.Status `json:"status"`
	Reason     isr.Reason `json:"reason,omitempty"`
	HTTPStatus int        `json:"httpStatus"`
	Bytes      int        `json:"bytes"`
	Generated  time.Time  `json:"generated"`
	AgeSeconds int64      `json:"ageSeconds"`
	Expires    *time.Time `json:"expires,omitempty"` // nil for never
	Fallback   bool       `json:"fallback,omitempty"`
	AsksStore  bool       `json:"asksStore,omitempty"` // before it answers
}

// EntryName names an entry of the deployment being served.
type EntryName struct {
	Domain string `json:"domain"`
	Output string `json:"output"`
	Query  string `json:"query,omitempty"`
}

// RouteView is an output and how it is kept.
type RouteView struct {
	Output     string `json:"output"`
	Kind       string `json:"kind"` // static, isr, or function
	Expiration string `json:"expiration,omitempty"`
	Group      int    `json:"group,omitempty"`
	Fallback   bool   `json:"fallback,omitempty"`
	Token      bool   `json:"token,omitempty"` // there is a bypass token, which is never shown
	Draft      bool   `json:"draft,omitempty"` // the browser that asks is in draft mode
	Down       bool   `json:"down,omitempty"`
}

// EventView is an [isr.Event].
type EventView struct {
	Time time.Time     `json:"time"`
	What isr.Happening `json:"what"`
	EntryName
	Region string  `json:"region"`
	Status int     `json:"status,omitempty"`
	Bytes  int     `json:"bytes,omitempty"`
	TookMS float64 `json:"tookMs,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// State describes the server as it is now.
func (s *Server) State(ctx context.Context) (*State, error) {
	deployments, err := s.Deployments()
	if err != nil {
		return nil, err
	}
	d := s.acquire(time.Now())
	defer d.users.Done()
	state := &State{Now: s.clock.now().UTC(), VirtualClock: s.opts.VirtualClock, Deployments: deployments, Routes: s.routes(d)}
	names, down := d.cache.Regions()
	for i, r := range s.opts.Regions {
		view := RegionView{Name: names[i], Down: down[i], LatencyMS: r.Latency.Milliseconds(), Entries: []EntryView{}}
		for _, held := range d.cache.Held(ctx, r.Name) {
			if held.Key.Deployment == d.id {
				view.Entries = append(view.Entries, viewEntry(held))
			}
		}
		state.Regions = append(state.Regions, view)
	}
	state.Events = []EventView{}
	for _, event := range s.events.list() {
		state.Events = append(state.Events, viewEvent(event))
	}
	return state, nil
}

func viewEntry(held isr.Held) EntryView {
	entry := held.Entry
	view := EntryView{
		EntryName: nameOf(held.Key), Status: held.Status, Reason: held.Reason, HTTPStatus: entry.Status, Bytes: len(entry.Body),
		Generated: entry.Generated.UTC(), AgeSeconds: int64(held.Age / time.Second), Fallback: entry.Fallback, AsksStore: held.Asks,
	}
	if !held.Expires.IsZero() {
		expires := held.Expires.UTC()
		view.Expires = &expires
	}
	return view
}

func nameOf(key isr.Key) EntryName { return EntryName{key.Domain, key.Output, key.Query} }

func viewEvent(event isr.Event) EventView {
	view := EventView{
		Time: event.Time.UTC(), What: event.What, EntryName: nameOf(event.Key), Region: event.Region,
		Status: event.Status, Bytes: event.Bytes, TookMS: float64(event.Took.Microseconds()) / 1000,
	}
	if event.Err != nil {
		view.Error = event.Err.Error()
	}
	return view
}

func (s *Server) routes(d *deployment) []RouteView {
	routes := make([]RouteView, 0, len(d.outputs.static)+len(d.outputs.functions))
	for _, output := range slices.Sorted(maps.Keys(d.outputs.static)) {
		routes = append(routes, RouteView{Output: output, Kind: "static"})
	}
	for _, output := range slices.Sorted(maps.Keys(d.outputs.functions)) {
		_, down := s.down.Load(output)
		route := RouteView{Output: output, Kind: "function", Down: down}
		if p, ok := d.outputs.prerenders[output]; ok {
			route.Kind, route.Group, route.Fallback, route.Token = "isr", p.Config.Group, p.Fallback != nil, p.Config.BypassToken != ""
			if p.Config.Expiration != nil {
				route.Expiration = p.Config.Expiration.String()
			}
		}
		routes = append(routes, route)
	}
	return routes
}

// errAdvance says that time cannot be changed.
var errAdvance = errors.New("the clock of this preview is the real one: start it with --virtual-clock")

// mostAhead is how far the clock can be advanced at a time.
const mostAhead = 10 * 365 * 24 * time.Hour

// Advance moves the clock by which entries age, by ten years at most. It needs [Options.VirtualClock].
func (s *Server) Advance(d time.Duration) error {
	if !s.opts.VirtualClock {
		return errAdvance
	}
	if d < 0 {
		return errors.New("time only passes forwards")
	}
	if d > mostAhead {
		return errors.New("the clock can be advanced by ten years at most")
	}
	s.clock.advance(d)
	return nil
}

// TakeDown makes every render of an output fail, until it is taken up again.
func (s *Server) TakeDown(output string, down bool) error {
	d := s.acquire(time.Now())
	defer d.users.Done()
	if d.outputs.functions[output] == nil {
		return fmt.Errorf("there is no function %q", output)
	}
	if down {
		s.down.Store(output, true)
	} else {
		s.down.Delete(output)
	}
	return nil
}

// Renders counts how often a prerender function was asked since the server began.
func (s *Server) Renders() int {
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	return s.events.renders
}

// HoldRenders makes renders wait that begin from now on, until release is called. So visits can be made that need the same one.
func (s *Server) HoldRenders() (release func()) {
	s.gate.Lock()
	return s.gate.Unlock
}

// Settle waits until no render is under way.
func (s *Server) Settle(ctx context.Context) error {
	for {
		d := s.acquire(time.Now())
		busy := d.cache.Busy()
		d.users.Done()
		if !busy {
			return nil
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Entry says which entry of the cache a request would be answered with, by its path and host, and the token that renews it. It is false
// where the answer is not a prerender's.
func (s *Server) Entry(r *http.Request) (entry EntryName, token string, ok bool) {
	now := time.Now()
	x := newExchange(s, s.acquire(now), nil, r, now)
	defer x.deployment.users.Done()
	x.route(false)
	p := x.deployment.outputs.prerenders[x.decision.Output]
	if x.decision.Kind != routing.Serve || p == nil {
		return EntryName{}, "", false
	}
	return nameOf(x.visit(&p.Config).Key), p.Config.BypassToken, true
}

// Purge makes an entry stale in every region, or takes it away for good. It reports whether there was one.
func (s *Server) Purge(ctx context.Context, entry EntryName, forGood bool) (bool, error) {
	d := s.acquire(time.Now())
	defer d.users.Done()
	return d.cache.Purge(ctx, isr.Key{Deployment: d.id, Domain: entry.Domain, Output: entry.Output, Query: entry.Query}, forGood)
}

// SetRegionDown takes a region down, or up again.
func (s *Server) SetRegionDown(region string, down bool) error {
	d := s.acquire(time.Now())
	defer d.users.Done()
	return d.cache.SetDown(region, down)
}

// inspect answers a request for the inspector.
func (s *Server) inspect(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	if !s.ofThisMachine(r) {
		http.Error(w, "the inspector answers requests for this machine's own names alone", http.StatusForbidden)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, InspectorPath)
	action, acts := strings.CutPrefix(name, "api/")
	switch {
	case !acts:
		s.inspectorFile(w, r, name)
	case action == "state" && r.Method == http.MethodGet:
		state, err := s.State(r.Context())
		if err == nil {
			s.markDraft(state, r)
		}
		s.reply(w, state, err)
	case action == "events" && r.Method == http.MethodGet:
		s.streamEvents(w, r)
	case r.Method != http.MethodPost || r.Header.Get(InspectorHeader) == "":
		http.Error(w, "send a POST with the header "+InspectorHeader+": 1", http.StatusForbidden)
	default:
		s.act(w, r, action)
	}
}

// ofThisMachine refuses requests that a page of another site could have made a browser send: by a name of its own that leads here,
// or by naming itself.
func (s *Server) ofThisMachine(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return false
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	return IsThisMachine(r.Host) || hostname(r.Host) == s.origin.Hostname()
}

// IsThisMachine reports whether a host, with or without a port, names this machine: localhost, a name below it, or a loopback address.
// What answers to these names alone cannot be read by a page elsewhere that has its own name lead here.
func IsThisMachine(host string) bool {
	name := hostname(host)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || net.ParseIP(name).IsLoopback()
}

// hostname is a host without its port and brackets, in lower case.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// request is what an action is about. Each uses some of it.
type request struct {
	EntryName
	Region  string `json:"region"`
	Down    bool   `json:"down"`
	ForGood bool   `json:"forGood"`
	Seconds int64  `json:"seconds"`
	ID      string `json:"id"`
	On      bool   `json:"on"`
}

// act does one thing, and answers with what came of it.
func (s *Server) act(w http.ResponseWriter, r *http.Request, action string) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&req); err != nil {
		http.Error(w, "the body must be a JSON object: "+err.Error(), http.StatusBadRequest)
		return
	}
	d := s.acquire(time.Now())
	defer d.users.Done()
	key := isr.Key{Deployment: d.id, Domain: req.Domain, Output: req.Output, Query: req.Query}
	if key.Domain == "" {
		key.Domain = ownDomain
	}
	var result any = struct{}{}
	var err error
	switch action {
	case "revalidate":
		var renewed isr.Result
		renewed, err = d.cache.Renew(r.Context(), &isr.Request{Key: key, Region: req.Region, Matches: key.Query})
		result = map[string]any{"status": renewed.Status, "reason": renewed.Reason}
	case "purge":
		var purged bool
		purged, err = s.Purge(r.Context(), nameOf(key), req.ForGood)
		result = map[string]any{"purged": purged}
	case "region":
		err = s.SetRegionDown(req.Region, req.Down)
	case "function":
		err = s.TakeDown(req.Output, req.Down)
	case "clock":
		err = s.Advance(time.Duration(max(-1, min(req.Seconds, int64(mostAhead/time.Second)+1))) * time.Second)
	case "promote":
		err = s.Promote(req.ID)
	case "rollback":
		var id string
		id, err = s.Rollback()
		result = map[string]any{"id": id}
	case "draft":
		err = s.setDraft(w, d, req)
	default:
		http.NotFound(w, r)
		return
	}
	s.reply(w, result, err)
}

// markDraft says of each route whether the request's browser is in draft mode, which no script can read from the cookie.
func (s *Server) markDraft(state *State, r *http.Request) {
	cookie, err := r.Cookie(draftCookie)
	if err != nil {
		return
	}
	d := s.acquire(time.Now())
	defer d.users.Done()
	for i := range state.Routes {
		route := &state.Routes[i]
		if p := d.outputs.prerenders[route.Output]; p != nil && route.Token {
			route.Draft = subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(p.Config.BypassToken)) == 1
		}
	}
}

// setDraft gives the browser the cookie of draft mode, or takes it away. The token is in nothing that a script can read.
func (s *Server) setDraft(w http.ResponseWriter, d *deployment, req request) error {
	cookie := &http.Cookie{Name: draftCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if req.On {
		p := d.outputs.prerenders[req.Output]
		if p == nil || p.Config.BypassToken == "" {
			return fmt.Errorf("%q has no bypass token", req.Output)
		}
		cookie.Value, cookie.MaxAge = p.Config.BypassToken, 0
	}
	http.SetCookie(w, cookie)
	return nil
}

// reply sends a result or an error as JSON.
func (s *Server) reply(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		result = map[string]string{"error": err.Error()}
	}
	json.NewEncoder(w).Encode(result)
}

// streamEvents sends what happens as server-sent events, each with an [EventView] as JSON.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	events, stop := s.events.listen()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	fmt.Fprint(w, ": begun\n\n")
	flusher.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case event, ok := <-events:
			if !ok {
				return
			}
			text, err := json.Marshal(viewEvent(event))
			if err != nil {
				continue
			}
			fmt.Fprintf(w, "data: %s\n\n", text)
			flusher.Flush()
		}
	}
}

// inspectorTypes are the types of the inspector's own files, by the ending of their name.
var inspectorTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func (s *Server) inspectorFile(w http.ResponseWriter, r *http.Request, name string) {
	if name == "" {
		name = "index.html"
	}
	text, err := inspectorPages.ReadFile("inspector/" + name)
	if err != nil || !slices.Contains([]string{http.MethodGet, http.MethodHead}, r.Method) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", inspectorTypes[path.Ext(name)])
	w.Write(text)
}
