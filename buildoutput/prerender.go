package buildoutput

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MinBypassToken is the shortest bypass token that the platform's reader accepts, in UTF-16 code units: for ASCII, in bytes.
const MinBypassToken = 32

// PrerenderConfig is the NAME.prerender-config.json beside a NAME.func: it puts the function's responses into the
// ISR cache.
//
// Source: the platform's documentation, "Build Output API: Primitives"; Prerender of @vercel/build-utils for
// the members which that page leaves out.
type PrerenderConfig struct {
	// Expiration is how long a response is fresh. The platform requires it and does not check it.
	Expiration *Expiration `json:"expiration,omitzero"`

	// StaleExpiration is the age in seconds past which a response is not even served stale.
	StaleExpiration int `json:"staleExpiration,omitzero"`

	// Group joins prerenders that are regenerated together; a natural number, 0 for none.
	Group int `json:"group,omitzero"`

	// BypassToken has at least [MinBypassToken] characters. Whoever sends it may regenerate the page or see drafts.
	BypassToken string `json:"bypassToken,omitzero"`

	// Fallback is the response which the build prepared, nil for none.
	Fallback *Fallback `json:"fallback,omitzero"`

	// AllowQuery names the query parameters that make entries of their own. Nil means every one, an empty
	// list none.
	AllowQuery []string `json:"allowQuery,omitzero"`

	// AllowHeader names the request headers that the function may see.
	AllowHeader []string `json:"allowHeader,omitzero"`

	// PassQuery puts the allowed query into the function's URL.
	PassQuery bool `json:"passQuery,omitzero"`

	// InitialHeaders and InitialStatus belong to the fallback. A status of 0 means 200.
	InitialHeaders map[string]string `json:"initialHeaders,omitzero"`
	InitialStatus  int               `json:"initialStatus,omitzero"`

	// ExposeErrBody sends the function's body to the visitor for error statuses too.
	ExposeErrBody bool `json:"exposeErrBody,omitzero"`

	// SourcePath is the pattern of the page, such as "/blog/[slug]", for display.
	SourcePath string `json:"sourcePath,omitzero"`

	// ExperimentalBypassFor are requests that go past the cache: those for which one of the conditions holds.
	ExperimentalBypassFor []Condition `json:"experimentalBypassFor,omitzero"`

	// Chain completes a partially prerendered response; ExperimentalStreamingLambdaPath is its older form, an output path.
	Chain                           *Chain `json:"chain,omitzero"`
	ExperimentalStreamingLambdaPath string `json:"experimentalStreamingLambdaPath,omitzero"`
	PartialFallback                 bool   `json:"partialFallback,omitzero"`

	// PrerenderClassification describes the page for the platform's statistics.
	PrerenderClassification jsontext.Value `json:"prerenderClassification,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Chain names the function that completes a partially prerendered response, and the headers that it is asked with.
//
// Source: Prerender of @vercel/build-utils.
type Chain struct {
	OutputPath string            `json:"outputPath"`
	Headers    map[string]string `json:"headers"`

	Unknown jsontext.Value `json:",embed"`
}

// Expiration is how long an entry of the ISR cache stays fresh.
//
// Source: the platform's documentation, "Build Output API: Primitives".
type Expiration struct {
	Never   bool // written as false: regenerated on demand only
	Seconds int
}

// String gives "never" or the seconds, as in "60s".
func (e Expiration) String() string {
	if e.Never {
		return "never"
	}
	return strconv.Itoa(e.Seconds) + "s"
}

// MarshalJSONTo writes false or a number.
func (e Expiration) MarshalJSONTo(enc *jsontext.Encoder) error {
	if e.Never {
		return enc.WriteToken(jsontext.False)
	}
	return enc.WriteToken(jsontext.Int(int64(e.Seconds)))
}

// UnmarshalJSONFrom reads false or a number.
func (e *Expiration) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'f':
		e.Never = true
		return dec.SkipValue()
	case '0':
		return json.UnmarshalDecode(dec, &e.Seconds)
	default:
		return &ValueError{Member: "expiration", Want: "a number of seconds or false"}
	}
}

// Fallback names the file of a prepared response, relative to the directory of the prerender config.
type Fallback struct {
	// Path is the whole of the short form, a plain string, and fsPath of the long form.
	Path string

	// ContentType replaces what the file's extension gives; long form only.
	ContentType string

	long *longFallback // as it was read
}

type longFallback struct {
	Type        string         `json:"type,omitzero"`
	Mode        int            `json:"mode,omitzero"`
	FSPath      string         `json:"fsPath"`
	ContentType string         `json:"contentType,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// MarshalJSONTo writes the form that was read; the short one for a new value without a content type.
func (f Fallback) MarshalJSONTo(enc *jsontext.Encoder) error {
	if f.long != nil || f.ContentType != "" {
		long := longFallback{Type: "FileFsRef"}
		if f.long != nil {
			long = *f.long
		}
		long.FSPath, long.ContentType = f.Path, f.ContentType
		return json.MarshalEncode(enc, long)
	}
	return enc.WriteToken(jsontext.String(f.Path))
}

// UnmarshalJSONFrom reads either form.
func (f *Fallback) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"':
		return json.UnmarshalDecode(dec, &f.Path)
	case '{':
		var long longFallback
		if err := json.UnmarshalDecode(dec, &long); err != nil {
			return err
		}
		*f = Fallback{Path: long.FSPath, ContentType: long.ContentType, long: &long}
		return nil
	case 'f':
		return dec.SkipValue() // false means none, as null does; Path stays empty
	default:
		return &ValueError{Member: "fallback", Want: "a file name or an object with fsPath"}
	}
}
