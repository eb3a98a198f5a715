package buildoutput

import (
	"cmp"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Phase is a stage of routing. Routes before the first handle belong to [PhaseNull]; the others follow a route that has
// nothing but [Route.Handle].
type Phase string

// The phases, in the order in which the platform consults them. Hit and error stand outside that order.
const (
	PhaseNull       Phase = ""
	PhaseFilesystem Phase = "filesystem"
	PhaseRewrite    Phase = "rewrite"
	PhaseResource   Phase = "resource"
	PhaseMiss       Phase = "miss"
	PhaseHit        Phase = "hit"
	PhaseError      Phase = "error"
)

// Route is one entry of [Config.Routes]: either a handle, which starts a phase, or a rule of the current phase.
//
// Source: the platform's documentation, "Build Output API: Configuration"; limits from the schemas of
// @vercel/routing-utils.
type Route struct {
	// Handle starts a phase. No other member may be set beside it.
	Handle Phase `json:"handle,omitzero"`

	// Src is a regular expression (PCRE) for the whole path, without the query; at most 4096 bytes.
	Src string `json:"src,omitzero"`

	// Dest is what the path becomes: a path, a path with a query, or an absolute URL. $0, $1 and $name stand
	// for what Src captured.
	Dest Dest `json:"dest,omitzero"`

	// Headers are sent with the response. With a status of 3xx, Location makes the route a redirect.
	Headers map[string]string `json:"headers,omitzero"`

	// Methods limits the route to these; empty means any. At most 10.
	Methods []string `json:"methods,omitzero"`

	// Continue goes on with the next route of the phase after this one matched.
	Continue bool `json:"continue,omitzero"`

	// Check looks for an output at the new path at once, and goes on when there is none.
	Check bool `json:"check,omitzero"`

	// CaseSensitive is false by default: paths match in any case.
	CaseSensitive bool `json:"caseSensitive,omitzero"`

	// Status is the status to answer with, and in the error phase the status that the route is for.
	Status int `json:"status,omitzero"`

	// Source, Destination and StatusCode are other names for Src, Dest and Status; [Route.Canonical] does away with them.
	Source      string `json:"source,omitzero"`
	Destination Dest   `json:"destination,omitzero"`
	StatusCode  int    `json:"statusCode,omitzero"`

	Has     []Condition `json:"has,omitzero"`
	Missing []Condition `json:"missing,omitzero"`
	Locale  *Locale     `json:"locale,omitzero"`

	// MiddlewarePath is the output path of a function that runs before the rest of the routing.
	MiddlewarePath   string   `json:"middlewarePath,omitzero"`
	MiddlewareRawSrc []string `json:"middlewareRawSrc,omitzero"`
	Middleware       *int     `json:"middleware,omitzero"`

	// Important headers replace those of the function's response.
	Important bool `json:"important,omitzero"`

	// Override forgets the status and headers that earlier routes set.
	Override bool `json:"override,omitzero"`

	User       bool        `json:"user,omitzero"`
	IsInternal bool        `json:"isInternal,omitzero"`
	Mitigate   *Mitigate   `json:"mitigate,omitzero"`
	Transforms []Transform `json:"transforms,omitzero"`

	// Env names the environment variables that may stand in Dest and Headers.
	Env []string `json:"env,omitzero"`

	RespectOriginCacheControl *bool `json:"respectOriginCacheControl,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Canonical returns the route with Src, Dest and Status in place of their other names. Where both are set, the short ones count.
func (r Route) Canonical() Route {
	r.Src = cmp.Or(r.Src, r.Source)
	if r.Dest.isZero() {
		r.Dest = r.Destination
	}
	r.Status = cmp.Or(r.Status, r.StatusCode)
	r.Source, r.Destination, r.StatusCode = "", Dest{}, 0
	return r
}

// Dest is the destination of a route: nearly always a path or URL, for services an object.
//
// Source: the route schema of @vercel/routing-utils.
type Dest struct {
	Path    string         // path, path?query or absolute URL
	Service jsontext.Value // the object form; Path is then empty
}

func (d Dest) isZero() bool { return d.Path == "" && d.Service == nil }

// MarshalJSONTo writes a string, or the object that was read.
func (d Dest) MarshalJSONTo(enc *jsontext.Encoder) error {
	if d.Service != nil {
		return enc.WriteValue(d.Service)
	}
	return enc.WriteToken(jsontext.String(d.Path))
}

// UnmarshalJSONFrom reads either form.
func (d *Dest) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &d.Path)
	}
	return json.UnmarshalDecode(dec, &d.Service)
}

// Condition holds for a request whose host, header, cookie or query parameter is as described.
//
// Source: the route schema of @vercel/routing-utils.
type Condition struct {
	// Type is host, header, cookie or query.
	Type string `json:"type"`

	// Key names the header, cookie or query parameter. It is empty for a host.
	Key string `json:"key,omitzero"`

	// Value is nil where presence is enough.
	Value *Match `json:"value,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Match is a test of one string: either a regular expression for the whole of it, or operators which must all hold.
//
// Source: the route schema of @vercel/routing-utils.
type Match struct {
	// Pattern is the short form, a regular expression; its named groups can be used in destinations.
	Pattern string

	Operators MatchOperators

	long bool // read as an object
}

// MatchOperators is the long form of a [Match]. Eq and Neq are strings or numbers.
type MatchOperators struct {
	Eq   any      `json:"eq,omitzero"`
	Neq  any      `json:"neq,omitzero"`
	Inc  []string `json:"inc,omitzero"`  // one of these
	Ninc []string `json:"ninc,omitzero"` // none of these
	Pre  string   `json:"pre,omitzero"`  // begins with
	Suf  string   `json:"suf,omitzero"`  // ends with
	Re   string   `json:"re,omitzero"`
	Gt   *float64 `json:"gt,omitzero"`
	Gte  *float64 `json:"gte,omitzero"`
	Lt   *float64 `json:"lt,omitzero"`
	Lte  *float64 `json:"lte,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// MarshalJSONTo writes the short form unless there are operators.
func (m Match) MarshalJSONTo(enc *jsontext.Encoder) error {
	if m.Pattern != "" || !m.long && reflect.ValueOf(m.Operators).IsZero() {
		return enc.WriteToken(jsontext.String(m.Pattern))
	}
	return json.MarshalEncode(enc, m.Operators)
}

// UnmarshalJSONFrom reads either form.
func (m *Match) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &m.Pattern)
	}
	m.long = true
	return json.UnmarshalDecode(dec, &m.Operators)
}

// Locale redirects by the visitor's language: by cookie first, then by Accept-Language.
//
// Source: the route schema of @vercel/routing-utils.
type Locale struct {
	// Redirect maps a locale to the path or URL to redirect to.
	Redirect map[string]string `json:"redirect,omitzero"`

	Value   string `json:"value,omitzero"`
	Path    string `json:"path,omitzero"`
	Cookie  string `json:"cookie,omitzero"`
	Default string `json:"default,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Mitigate is a firewall rule: Action is challenge or deny.
//
// Source: the route schema of @vercel/routing-utils.
type Mitigate struct {
	Action string `json:"action"`

	Unknown jsontext.Value `json:",embed"`
}

// Transform changes the request that the function sees, or the response's headers.
//
// Source: the route schema of @vercel/routing-utils; the development server of the platform's CLI for what it does.
type Transform struct {
	// Type is request.headers, request.query, request.path or response.headers.
	Type string `json:"type"`

	// Op is append, set or delete.
	Op string `json:"op"`

	Target *TransformTarget `json:"target,omitzero"`

	// Args are the values for append and set: one or several.
	Args Strings `json:"args,omitzero"`

	Env []string `json:"env,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// TransformTarget names what a transform changes: one key, or every key that matches.
//
// Source: the route schema of @vercel/routing-utils.
type TransformTarget struct {
	Key *Match `json:"key,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Strings is one string or a list of them.
type Strings []string

// MarshalJSONTo writes a single string without its list.
func (s Strings) MarshalJSONTo(enc *jsontext.Encoder) error {
	if len(s) == 1 {
		return enc.WriteToken(jsontext.String(s[0]))
	}
	return json.MarshalEncode(enc, []string(s))
}

// UnmarshalJSONFrom reads a string as a list of one.
func (s *Strings) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		var one string
		if err := json.UnmarshalDecode(dec, &one); err != nil {
			return err
		}
		*s = Strings{one}
		return nil
	}
	return json.UnmarshalDecode(dec, (*[]string)(s))
}
