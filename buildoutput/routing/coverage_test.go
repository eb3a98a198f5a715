package routing

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// covered are the fields of a route, of a condition's value, of a locale and of a transform which the cases must have in a config.
const covered = `src source dest destination headers methods continue check caseSensitive status statusCode has missing locale
	middlewarePath middlewareRawSrc middleware important override user isInternal mitigate transforms env respectOriginCacheControl
	handle type key value eq neq inc ninc pre suf re gt gte lt lte
	redirect cookie default op target args action`

// coveredValues are what the fields that choose something can be.
const coveredValues = `host header cookie query request.headers request.query request.path response.headers set append delete
	error filesystem hit miss resource rewrite challenge deny`

// TestCasesCoverReference: each field of a route, each kind of condition, transform and phase, and each point of what real outputs
// settle about routing has a case in testdata/route.
func TestCasesCoverReference(t *testing.T) {
	files, err := filepath.Glob("../../testdata/route/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	text := all.String()
	if n := strings.Count(text, " -> "); n < 300 {
		t.Errorf("there are %d cases", n)
	}
	for _, name := range strings.Fields(covered) {
		if !strings.Contains(text, `"`+name+`":`) {
			t.Errorf("no config has the member %s", name)
		}
	}
	for _, value := range strings.Fields(coveredValues) {
		if !regexp.MustCompile(`": *"` + regexp.QuoteMeta(value) + `"`).MatchString(text) {
			t.Errorf("no config has the value %s", value)
		}
	}
	for point := range 17 {
		source := fmt.Sprintf("-- cases: observed-behaviour 3.%d", point+1)
		if !regexp.MustCompile(regexp.QuoteMeta(source) + `\D`).MatchString(text) {
			t.Errorf("no case is from observed-behaviour 3.%d", point+1)
		}
	}
}
