package routing

import "strings"

// Outputs says which outputs a deployment has.
type Outputs interface {
	// Has reports whether there is an output of exactly this name: no slashes at its ends, case as it is, "index" for
	// the root, overrides applied.
	Has(outputPath string) bool
}

// FunctionOutputs is an Outputs that tells functions from files. With it only a function index.js answers for its
// directory; without it a static file of that name does too.
type FunctionOutputs interface {
	Outputs
	HasFunction(outputPath string) bool
}

// indexFunctions are the names under which functions are a directory's index: outputs of the platform's own builders
// keep the extension of their source.
var indexFunctions = [...]string{
	"index.js", "index.mjs", "index.cjs", "index.ts", "index.mts", "index.tsx", "index.jsx",
	"index.go", "index.py", "index.rb", "index.rs", "index.php",
}

// Lookup finds the output that answers a URL path: decoded, without slashes at its ends, by its name, then as a
// directory: name/index, name/index.html, and functions such as name/index.js. There is no output for a path whose
// decoded form has an encoded slash, a backslash, a control character, an empty or dot segment, or is not UTF-8.
func Lookup(outputs Outputs, urlPath string) (outputPath string, ok bool) {
	name, ok := decodePath(strings.Trim(urlPath, "/"))
	if !ok || hasOddSegment(name) {
		return "", false
	}
	directory := ""
	if name != "" {
		if outputs.Has(name) {
			return name, true
		}
		directory = name + "/"
	}
	page := directory + "index.html"
	if index := page[:len(page)-len(".html")]; outputs.Has(index) {
		return index, true
	}
	if outputs.Has(page) {
		return page, true
	}
	if name == "" && outputs.Has("") { // an override may name the root so
		return "", true
	}
	return lookupFunction(outputs, directory)
}

func lookupFunction(outputs Outputs, directory string) (string, bool) {
	functions, typed := outputs.(FunctionOutputs)
	for _, file := range indexFunctions {
		if name := directory + file; outputs.Has(name) && (!typed || functions.HasFunction(name)) {
			return name, true
		}
	}
	return "", false
}

// hasOddSegment reports whether a segment is empty, "." or "..". The name has no slashes at its ends.
func hasOddSegment(name string) bool {
	if !strings.Contains(name, ".") && !strings.Contains(name, "//") {
		return false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "." || segment == ".." || segment == "" && name != "" {
			return true
		}
	}
	return false
}
