package buildoutput

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// rule is what the platform's reader wants of one member of a JSON file. A value is as [document] holds it.
type rule struct {
	member string
	want   string
	holds  func(value any) bool
}

// configRules are those of config.json. Version, overrides and routes depend on more than the member.
//
// Source: deserializeBuildOutput and validateFrameworkVersion of @vercel/build-utils.
var configRules = []rule{
	{"deploymentId", "at most 32 characters of A-Z, a-z, 0-9, - and _", isDeploymentID},
	{"framework", "an object with slug and version, strings of at most 50 characters", isConfigFramework},
	{"routes", "a list of objects", func(v any) bool { return v == nil || isList(v, isObjectOrList) }},
}

// prerenderRules are those of a prerender config. Null is not the same as absent.
//
// Source: the constructor of Prerender in @vercel/build-utils.
var prerenderRules = []rule{
	{"group", "a natural number", isNatural},
	{"bypassToken", fmt.Sprintf("a string of %d characters or more", MinBypassToken), isBypassToken},
	{"fallback", "a file name, an object with fsPath, or null", isFallback},
	{"allowQuery", "a list of strings", isStrings},
	{"allowHeader", "a list of strings", isStrings},
	{"passQuery", "true or false", isBool},
	{"initialHeaders", "an object of strings", isStringMap},
	{"initialStatus", "a natural number", isNatural},
	{"exposeErrBody", "true or false", isBool},
	{"partialFallback", "true or false", isBool},
	{"chain", "an object with outputPath, a string, and headers, an object of strings", isChain},
	{"experimentalStreamingLambdaPath", "a string", isString},
	{"experimentalBypassFor", "a list of conditions: objects with type, with key unless the type is host, and perhaps with value",
		func(v any) bool { return isList(v, isBypassCondition) }},
}

// functionRules are those of a .vc-config.json, except for edge functions. Runtime and handler must be there too.
//
// Source: the constructor of Lambda in @vercel/build-utils, and validateBuildResult for the runtimes.
var functionRules = []rule{
	{"runtime", "one of " + strings.Join(runtimes, ", ") + ", edge", isRuntime},
	{"handler", "a string", isString},
	{"runtimeLanguage", "go or rust", isOneOf("go", "rust")},
	{"architecture", ArchAMD64 + " or " + ArchARM64, isOneOf(ArchAMD64, ArchARM64)},
	{"environment", "an object", func(v any) bool { return v == nil || isObjectOrList(v) }},
	{"memory", "a number", isNumber},
	{"maxDuration", `a number or "max"`, func(v any) bool { return isNumber(v) || v == "max" }},
	{"maxConcurrency", "a whole number from 1 to 8192", func(v any) bool { return isNatural(v) && v.(float64) <= 8192 }},
	{"affinity", `{"mode": "strict"}`, isAffinity},
	{"allowQuery", "a list of strings", isStrings},
	{"regions", "a list of strings", isStrings},
	{"functionFailoverRegions", "a list of strings", isStrings},
	{"framework", "an object with slug and perhaps version, both strings", isFunctionFramework},
	{"supportsMultiPayloads", "true or false", isBool},
	{"supportsWrapper", "true or false", isBool},
	{"supportsCancellation", "true or false", isBool},
	{"experimentalAllowBundling", "true or false", isBool},
	{"experimentalTriggers", "a list of triggers for queues or schedules", func(v any) bool { return isList(v, isTrigger) }},
	{"zipBuffer", "absent", func(any) bool { return false }},
	filePathMapRule,
}

// filePathMapRule holds for edge functions too. Whether the files are there is not asked: they are outside the output.
var filePathMapRule = rule{"filePathMap", "an object of paths", isPaths}

// runtimes are what the platform runs today.
var runtimes = []string{
	"nodejs20.x", "nodejs22.x", "nodejs24.x", RuntimeProvided, "python3.12", "python3.13", "python3.14", "ruby3.3",
	"bun1.4.x", "bun1.x", RuntimeExecutable,
}

// obey refuses the members that break a rule. What is absent breaks none.
func (d *document) obey(rules []rule) {
	object := d.object()
	for _, rule := range rules {
		if value, present := object[rule.member]; present && !rule.holds(value) {
			d.refuseMember(rule)
		}
	}
}

func (d *document) refuseMember(r rule) {
	d.refuse(pointer([]string{r.member}), &ValueError{Member: r.member, Want: r.want})
}

// config applies the rules of config.json that need no other file.
func (d *document) config() {
	if version, _ := d.object()["version"].(float64); version != Version {
		d.refuseMember(rule{member: "version", want: strconv.Itoa(Version)})
	}
	d.obey(configRules)
}

// overrides refuses null as the override of a file that is there.
func (d *document) overrides(static map[string]File) {
	overrides, _ := d.object()["overrides"].(map[string]any)
	for name, override := range overrides {
		if _, exists := static[name]; exists && override == nil {
			d.refuse(pointer([]string{"overrides", name}), errors.New("the override of a file must be an object"))
		}
	}
}

// middleware refuses routes with a middleware that is not a function. Prerenders do not count.
func (d *document) middleware(out *Output) {
	routes, _ := d.object()["routes"].([]any)
	for i, route := range routes {
		object, _ := route.(map[string]any)
		middleware, ok := object["middlewarePath"].(string)
		if !ok || out.runs(middleware) || out.runs(strings.TrimPrefix(middleware, "/")) {
			continue
		}
		d.refuse(pointer([]string{"routes", strconv.Itoa(i), "middlewarePath"}),
			fmt.Errorf("there is no function %q, or it is prerendered", middleware))
	}
}

// runs reports whether there is a function of this output path that is not prerendered.
func (o *Output) runs(outputPath string) bool {
	return o.Functions[outputPath] != nil && o.Prerenders[outputPath] == nil
}

// function applies the rules of a .vc-config.json and reports whether it is of an edge function.
func (d *document) function() (edge bool) {
	object := d.object()
	if object["type"] == "EdgeFunction" || object["runtime"] == RuntimeEdge {
		d.obey([]rule{filePathMapRule})
		return true
	}
	d.obey(functionRules)
	for _, rule := range functionRules[:2] {
		if _, present := object[rule.member]; !present {
			d.refuseMember(rule)
		}
	}
	return false
}

func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isString(v any) bool { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(float64); return ok }

func isNatural(v any) bool {
	number, ok := v.(float64)
	return ok && number > 0 && number == math.Trunc(number)
}

func isOneOf(allowed ...string) func(any) bool {
	return func(v any) bool {
		text, ok := v.(string)
		return ok && slices.Contains(allowed, text)
	}
}

func isRuntime(v any) bool { return isOneOf(runtimes...)(v) }

func isList(v any, holds func(any) bool) bool {
	list, ok := v.([]any)
	return ok && !slices.ContainsFunc(list, func(item any) bool { return !holds(item) })
}

func isStrings(v any) bool { return isList(v, isString) }

// isObjectOrList is what JavaScript has for an object, null apart.
func isObjectOrList(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// isStringMap accepts a list of strings too, as the platform does.
func isStringMap(v any) bool {
	object, ok := v.(map[string]any)
	for _, value := range object {
		if !isString(value) {
			return false
		}
	}
	return ok || isStrings(v)
}

// length counts as JavaScript does: in UTF-16 code units.
func length(text string) int { return len(utf16.Encode([]rune(text))) }

func isBypassToken(v any) bool {
	token, ok := v.(string)
	return v == nil || ok && length(token) >= MinBypassToken
}

func isFallback(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return isString(v["fsPath"])
	case string:
		return true
	default:
		return v == nil || v == false || v == 0.0
	}
}

func isChain(v any) bool {
	chain, ok := v.(map[string]any)
	outputPath, _ := chain["outputPath"].(string)
	return ok && outputPath != "" && isStringMap(chain["headers"])
}

func isBypassCondition(v any) bool {
	condition, ok := v.(map[string]any)
	kind, isText := condition["type"].(string)
	if !ok || !isText {
		return false
	}
	if key, present := condition["key"]; kind == "host" && present || kind != "host" && !isString(key) {
		return false
	}
	value, present := condition["value"]
	_, isObject := value.(map[string]any)
	return !present || isString(value) || isObject
}

var deploymentID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,32}$`)

// isDeploymentID takes a number or true for its text, as the platform does.
func isDeploymentID(v any) bool {
	switch v := v.(type) {
	case string:
		return v == "" || deploymentID.MatchString(v)
	case float64, bool, nil:
		return v == nil || v == false || v == 0.0 || deploymentID.MatchString(fmt.Sprint(v))
	}
	return false
}

// isConfigFramework looks at the lengths of a framework that has a slug; without one the platform ignores it.
func isConfigFramework(v any) bool {
	framework, _ := v.(map[string]any)
	slug, ok := framework["slug"].(string)
	version, versioned := framework["version"].(string)
	return !ok || versioned && length(slug) <= 50 && length(version) <= 50
}

func isFunctionFramework(v any) bool {
	framework, _ := v.(map[string]any)
	version, present := framework["version"]
	return isString(framework["slug"]) && (!present || isString(version))
}

func isAffinity(v any) bool {
	affinity, _ := v.(map[string]any)
	return affinity["mode"] == "strict" && len(affinity) == 1
}

// isPaths accepts what has no members, as the platform does.
func isPaths(v any) bool {
	if text, ok := v.(string); ok {
		return text == "" // else each of its characters would name a file
	}
	return !isObjectOrList(v) || isStringMap(v)
}

func isTrigger(v any) bool {
	trigger, _ := v.(map[string]any)
	if trigger["type"] == "schedule/v1beta" {
		return true
	}
	if !isOneOf("queue/v1beta", "queue/v2beta")(trigger["type"]) {
		return false
	}
	for _, member := range []string{"topic", "consumer"} {
		if text, _ := trigger[member].(string); text == "" {
			return false
		}
	}
	for member, holds := range map[string]func(any) bool{
		"maxDeliveries": isNatural, "maxConcurrency": isNatural,
		"retryAfterSeconds":   func(v any) bool { number, ok := v.(float64); return ok && number > 0 },
		"initialDelaySeconds": func(v any) bool { number, ok := v.(float64); return ok && number >= 0 },
	} {
		if value, present := trigger[member]; present && !holds(value) {
			return false
		}
	}
	return true
}
