package buildoutput

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Runtimes that isrgen writes or treats apart. The platform knows more (nodejs22.x, python3.13 and so on).
const (
	RuntimeProvided   = "provided.al2023" // an executable named bootstrap that speaks the Lambda Runtime API
	RuntimeExecutable = "executable"      // an HTTP server that announces itself over a Unix socket
	RuntimeEdge       = "edge"            // JavaScript run by Web APIs
)

// Architectures of functions.
const (
	ArchAMD64 = "x86_64"
	ArchARM64 = "arm64"
)

// FunctionConfig is the .vc-config.json of a .func directory.
//
// Source: the platform's documentation, "Build Output API: Primitives"; Lambda, NodejsLambda and EdgeFunction
// of @vercel/build-utils for the members which that page leaves out.
type FunctionConfig struct {
	Runtime string `json:"runtime,omitzero"`

	// Handler is the file that starts the function. For provided runtimes the platform always runs bootstrap.
	Handler string `json:"handler,omitzero"`

	// RuntimeLanguage is go or rust for the runtimes that are not named after a language.
	RuntimeLanguage string `json:"runtimeLanguage,omitzero"`

	// Architecture is x86_64 or arm64. The platform's reader takes its own machine's where it is absent.
	Architecture string `json:"architecture,omitzero"`

	Memory                  int               `json:"memory,omitzero"` // MB
	MaxDuration             MaxDuration       `json:"maxDuration,omitzero"`
	Environment             map[string]string `json:"environment,omitzero"`
	Regions                 Regions           `json:"regions,omitzero"`
	FunctionFailoverRegions []string          `json:"functionFailoverRegions,omitzero"`

	SupportsResponseStreaming     bool `json:"supportsResponseStreaming,omitzero"`
	ExperimentalResponseStreaming bool `json:"experimentalResponseStreaming,omitzero"`
	SupportsWrapper               bool `json:"supportsWrapper,omitzero"` // a large environment comes through a wrapper program
	SupportsMultiPayloads         bool `json:"supportsMultiPayloads,omitzero"`
	SupportsCancellation          bool `json:"supportsCancellation,omitzero"`

	// MaxConcurrency is how many requests one instance may have at a time; 0 leaves it to the platform.
	MaxConcurrency int `json:"maxConcurrency,omitzero"`

	// OperationType is what the platform's logs call the function, such as API, Page or ISR.
	OperationType string `json:"operationType,omitzero"`

	// ExperimentalTriggers are queues whose messages start the function.
	ExperimentalTriggers jsontext.Value `json:"experimentalTriggers,omitzero"`

	ExperimentalAllowBundling                  bool `json:"experimentalAllowBundling,omitzero"`
	ShouldDisableAutomaticFetchInstrumentation bool `json:"shouldDisableAutomaticFetchInstrumentation,omitzero"`

	// FilePathMap adds files: paths inside the function to paths from the project's root.
	FilePathMap map[string]string `json:"filePathMap,omitzero"`

	// AllowQuery limits the query that the function sees; nil passes everything.
	AllowQuery []string `json:"allowQuery,omitzero"`

	Framework *Framework `json:"framework,omitzero"`

	// For Node.js.
	LauncherType              string `json:"launcherType,omitzero"`
	ShouldAddHelpers          bool   `json:"shouldAddHelpers,omitzero"`
	ShouldAddSourcemapSupport bool   `json:"shouldAddSourcemapSupport,omitzero"`
	AWSLambdaHandler          string `json:"awsLambdaHandler,omitzero"`
	UseWebAPI                 bool   `json:"useWebApi,omitzero"`

	// For the edge runtime.
	Entrypoint   string      `json:"entrypoint,omitzero"`
	EnvVarsInUse []string    `json:"envVarsInUse,omitzero"`
	Assets       []EdgeAsset `json:"assets,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// EdgeAsset is a file that an edge function can load by name.
//
// Source: EdgeFunction of @vercel/build-utils.
type EdgeAsset struct {
	Name string `json:"name"`
	Path string `json:"path"`

	Unknown jsontext.Value `json:",embed"`
}

// Regions are the regions that a function runs in. An edge function may have "all".
type Regions []string

// MarshalJSONTo writes a list, which the platform's reader wants even of one region, or "all".
func (r Regions) MarshalJSONTo(enc *jsontext.Encoder) error {
	if len(r) == 1 && r[0] == "all" {
		return enc.WriteToken(jsontext.String("all"))
	}
	return json.MarshalEncode(enc, []string(r))
}

// UnmarshalJSONFrom reads a string as a list of one.
func (r *Regions) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return json.UnmarshalDecode(dec, (*Strings)(r))
}

// MaxDuration is how long an invocation may take: seconds, or Max for what the plan allows.
//
// Source: Lambda of @vercel/build-utils.
type MaxDuration struct {
	Seconds int
	Max     bool
}

// MarshalJSONTo writes a number or "max".
func (d MaxDuration) MarshalJSONTo(enc *jsontext.Encoder) error {
	if d.Max {
		return enc.WriteToken(jsontext.String("max"))
	}
	return enc.WriteToken(jsontext.Int(int64(d.Seconds)))
}

// UnmarshalJSONFrom reads a number or "max".
func (d *MaxDuration) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '0' {
		return json.UnmarshalDecode(dec, &d.Seconds)
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' || token.String() != "max" {
		return &ValueError{Member: "maxDuration", Want: `a number of seconds or "max"`}
	}
	d.Max = true
	return nil
}
