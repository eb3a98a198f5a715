package buildoutput

import "github.com/go-json-experiment/json/jsontext"

// Version is the only version of the format that the platform reads.
const Version = 3

// Config is config.json at the root of a Build Output.
//
// Source: the platform's documentation, "Build Output API: Configuration".
type Config struct {
	// Version must be 3; the platform's reader rejects anything else.
	Version int `json:"version"`

	// Routes are evaluated as package routing describes. Without any, a request is answered by the output of
	// the same path or with 404.
	Routes []Route `json:"routes,omitzero"`

	// Overrides change the path or content type of static files. A key is a path below static/.
	Overrides map[string]Override `json:"overrides,omitzero"`

	Images    *Images    `json:"images,omitzero"`
	Wildcard  []Wildcard `json:"wildcard,omitzero"`
	Crons     []Cron     `json:"crons,omitzero"`
	Framework *Framework `json:"framework,omitzero"`

	// Cache lists globs of files that the platform keeps for the next build from source.
	Cache []string `json:"cache,omitzero"`

	// DeploymentID has at most 32 characters of [A-Za-z0-9_-].
	DeploymentID string `json:"deploymentId,omitzero"`

	Flags jsontext.Value `json:"flags,omitzero"`

	// Services are further Build Outputs of the deployment by name, each in services/NAME of the directory. This package keeps
	// what is said of them and does not read them. The other two are older forms.
	Services               jsontext.Value `json:"services,omitzero"`
	ExperimentalServices   jsontext.Value `json:"experimentalServices,omitzero"`
	ExperimentalServicesV2 jsontext.Value `json:"experimentalServicesV2,omitzero"`

	// Unknown holds the members that this type does not name, so that they survive a round trip.
	Unknown jsontext.Value `json:",embed"`
}

// Override changes how one static file is served.
//
// Source: the platform's documentation, "Build Output API: Configuration"; deserializeBuildOutput of
// @vercel/build-utils for Mode and for what a path does.
type Override struct {
	// Path renames the output: the file's own path no longer exists. Empty keeps it.
	Path string `json:"path,omitzero"`

	// ContentType replaces the type that the file name's extension gives.
	ContentType string `json:"contentType,omitzero"`

	Mode int `json:"mode,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Framework names the tool that made the output, for display only. Each member has at most 50 characters; without a slug the platform
// ignores the version.
//
// Source: validateFrameworkVersion of @vercel/build-utils.
type Framework struct {
	Slug    string `json:"slug,omitzero"`
	Version string `json:"version,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// Wildcard gives the value of $wildcard in destinations for requests to one domain.
//
// Source: the platform's documentation, "Build Output API: Configuration".
type Wildcard struct {
	Domain string `json:"domain"`
	Value  string `json:"value"`

	Unknown jsontext.Value `json:",embed"`
}

// Cron asks the platform to request Path on a schedule of five fields in UTC, on production deployments only. Path begins with a
// slash.
//
// Source: the platform's documentation, "Build Output API: Configuration".
type Cron struct {
	Path     string `json:"path"`
	Schedule string `json:"schedule"`

	Unknown jsontext.Value `json:",embed"`
}

// Images configures the platform's image optimisation at /_vercel/image, which is 404 without it.
//
// Source: the platform's documentation, "Build Output API: Configuration".
type Images struct {
	Sizes                  []int          `json:"sizes,omitzero"`
	Domains                []string       `json:"domains,omitzero"`
	RemotePatterns         []ImagePattern `json:"remotePatterns,omitzero"`
	LocalPatterns          []ImagePattern `json:"localPatterns,omitzero"`
	Qualities              []int          `json:"qualities,omitzero"`
	MinimumCacheTTL        *int           `json:"minimumCacheTTL,omitzero"` // seconds
	Formats                []string       `json:"formats,omitzero"`
	DangerouslyAllowSVG    bool           `json:"dangerouslyAllowSVG,omitzero"`
	ContentSecurityPolicy  string         `json:"contentSecurityPolicy,omitzero"`
	ContentDispositionType string         `json:"contentDispositionType,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}

// ImagePattern allows the images whose address matches every member that is set.
//
// Source: the platform's documentation, "Build Output API: Configuration".
type ImagePattern struct {
	Protocol string  `json:"protocol,omitzero"`
	Hostname string  `json:"hostname,omitzero"`
	Port     string  `json:"port,omitzero"`
	Pathname string  `json:"pathname,omitzero"`
	Search   *string `json:"search,omitzero"`

	Unknown jsontext.Value `json:",embed"`
}
