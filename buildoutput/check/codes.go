package check

// Code names a kind of fault.
type Code string

// The codes. What each means for a deployment is in [rules].
const (
	Refused Code = "refused"
	Ignored Code = "ignored"

	RouteHandle    Code = "route-handle"
	RoutePhase     Code = "route-phase"
	RouteInvalid   Code = "route-invalid"
	RouteLimit     Code = "route-limit"
	UnknownMember  Code = "unknown-member"
	OverrideAbsent Code = "override-absent"
	OverrideSelf   Code = "override-self"

	HiddenFile    Code = "hidden-file"
	CaseCollision Code = "case-collision"
	LinkEscapes   Code = "link-escapes"

	Architecture       Code = "architecture"
	ArchitectureAbsent Code = "architecture-absent"
	NotExecutable      Code = "not-executable"
	EntryAbsent        Code = "entry-absent"
	ExecutableTwin     Code = "executable-twin"

	OrphanPrerender  Code = "orphan-prerender"
	ExpirationAbsent Code = "expiration-absent"
	GroupTokens      Code = "group-tokens"
	TokenExposed     Code = "token-exposed"

	Limit       Code = "limit"
	NearLimit   Code = "near-limit"
	StaleBuilds Code = "stale-builds"
)

// rule is what a code means: what the platform will do, what to do about it, and the source of both.
type rule struct {
	effect, advice, source string
}

const (
	sourceReader    = "deserializeBuildOutput and validateBuildResult of @vercel/build-utils"
	sourceNormalize = "normalizeRoutes of @vercel/routing-utils"
	sourceSchema    = "the route schema of @vercel/routing-utils"
	sourceConfig    = "the platform's documentation, Build Output API: Configuration"
	sourcePrimitive = "the platform's documentation, Build Output API: Primitives"
	sourceUpload    = "uploads of the platform's CLI, observed"
	sourceDeploy    = "the deploy command of the platform's CLI"
	sourceLimits    = "the platform's documentation, Limits and Functions: Limits"
)

var rules = map[Code]rule{
	Refused: {"the deployment fails when the platform reads the output",
		"correct the file, or build the output again with the tool that made it", sourceReader},

	Ignored: {"the platform goes on as if it were not there",
		"correct it, or remove it", sourceReader},

	RouteHandle: {"the platform's tools reject such a handle; a deployed config.json is not checked, and what its router does then is not known",
		"give each handle an entry of its own with no other member, once, and a name that exists", sourceNormalize},
	RoutePhase: {"the platform's tools reject such a route; a deployed config.json is not checked, and what its router does then is not known",
		"after hit: continue, and neither dest nor status; after miss: dest with check, or continue without dest", sourceNormalize},
	RouteInvalid: {"the route, or the member, is likely to be left out, without a word at deploy time",
		"correct the member", sourceSchema},
	RouteLimit: {"the platform's tools reject such a route; a deployed config.json is not checked",
		"shorten the member, or split the route into several", sourceSchema},
	UnknownMember: {"the platform ignores the member",
		"correct its name, or remove it", sourceReader},
	OverrideAbsent: {"the platform prints a warning and goes on without the override",
		"name a path below static/ exactly as the file is called, or remove the override", sourceReader},
	OverrideSelf: {"the platform removes the file from the deployment: it cannot be requested at all",
		"leave path out to keep the file under its own name", sourceReader},

	HiddenFile: {"the function answers, and the static file cannot be requested",
		"remove one of them, or rename it", sourceReader},
	CaseCollision: {"the two are different addresses on the platform, and one file on most desktop systems; routes match both",
		"rename one of them", sourceReader},
	LinkEscapes: {"the link is uploaded as it is and leads to nothing on the platform's machines",
		"copy what it leads to into the function, or make the link relative and lead to a place inside of it", sourceUpload},

	Architecture: {"each invocation fails: the machine cannot run the program",
		"compile the program for Linux and the architecture of the config", sourceReader},
	ArchitectureAbsent: {"the platform takes the architecture of whatever machine reads the output",
		`write "architecture": "x86_64" or "arm64"`, sourceReader},
	NotExecutable: {"each invocation fails: file modes are uploaded as they are",
		"make the file executable (chmod +x)", sourceUpload},
	EntryAbsent: {"each invocation fails: the platform finds nothing to start",
		"add the file, or correct the config", sourcePrimitive},
	ExecutableTwin: {"the platform's CLI uploads files of the same bytes once, with the mode of the first: the program may arrive without its executable bit",
		"make every copy executable, or replace the copies by links", sourceUpload},

	OrphanPrerender: {"the platform ignores the file: there is no ISR route",
		"remove it, or put a serverless function of the same name beside it", sourceReader},
	ExpirationAbsent: {"the documentation requires it and the platform does not check it: when the page is regenerated is not defined",
		"write a number of seconds, or false for on demand only", sourcePrimitive},
	GroupTokens: {"a request with one member's token regenerates it, and the others' tokens do not fit",
		"use one token for all members of a group", sourcePrimitive},
	TokenExposed: {"whoever can read the file can regenerate pages and see drafts",
		"remove the token from the file, make a new one, and build again", sourcePrimitive},

	Limit: {"the platform refuses the deployment, or the request",
		"reduce it, or choose a plan that allows it", sourceLimits},
	NearLimit: {"the platform takes it; a little more and it will not",
		"plan for the limit", sourceLimits},
	StaleBuilds: {"vercel deploy --prebuilt refuses to upload the output",
		"remove builds.json, or build again", sourceDeploy},
}
