package projectconfig_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomConfigsCompileTheSame makes configurations of pieces that mean something, in any order, and compares what
// becomes of them with the platform's own code: both refuse, or both give the same routes.
func TestRandomConfigsCompileTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 11))
	pick := func(pieces string, most int) string {
		list := strings.Fields(pieces)
		var b strings.Builder
		for range 1 + random.IntN(most) {
			b.WriteString(list[random.IntN(len(list))])
		}
		return b.String()
	}
	const (
		sources      = `/ / / a b- . :a :b :c? :d* :a+ (x|y) (.*) (\\d+) (?:z) :a([^/]+) { } {-:b}? {/}? * ? + \ \: = $ % é [ ] ^`
		destinations = `/ / a :a :b :a? :b* :c :d+ $1 ? ?q= & &a= =:b # (.*) { } * + \ %2F %zz ' " @ ; : . // [ ] ~ | < $a`
		expressions  = `a b a-z z-a [ ] [^ [^] ^ $ \b \B * + ? {2} {2,1} {,3} {1,} | (?: (?= (?! (?<= (?<!) (?<n> (?i) (?>) ) \d \1 \2 \k<n> \p{L} \u{61} \u0061 \x4 \x7a \cA \0 \172 \- \n . - é \`
		origins      = `/ / / // https://h.example/ http://H.example:80/ https://:a.example/ https://u:p@h.example/ mailto: ftp://x/ x ?`
	)
	var configs []string
	for i := range 6000 {
		entry := map[string]any{"source": "/" + pick(sources, 5)}
		if i%2 == 0 {
			entry["source"] = "/:a(" + pick(expressions, 6) + ")"
		}
		if random.IntN(3) == 0 {
			entry["has"] = []any{
				map[string]any{"type": "query", "key": "c"},
				map[string]any{"type": "host", "value": "(?<d>.*)"},
			}
		}
		list := []string{"redirects", "rewrites", "headers"}[random.IntN(3)]
		if list == "headers" {
			value := pick(destinations, 6)
			entry["headers"] = []any{map[string]any{"key": "x-" + pick("a b :a :b", 2), "value": value}}
		} else {
			entry["destination"] = pick(origins, 1) + pick(destinations, 6)
		}
		text, err := json.Marshal(map[string]any{list: []any{entry}})
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, string(text))
	}
	accepted := 0
	for i, verdict := range judge(t, configs) {
		routes, problems := compile(configs[i])
		if verdict.Error == "" {
			accepted++
		}
		switch {
		case strings.Contains(string(verdict.Routes), "__ESC_COLON_") || strings.Contains(string(verdict.Routes), "xn--"):
			if len(problems) == 0 { // see the stricter ones of the cases
				t.Errorf("%s\n  platform %s\n  ours, though it should refuse, %s", configs[i], verdict.Routes, marshal(t, routes))
			}
		case (verdict.Error != "") != (len(problems) > 0):
			t.Errorf("%s\n  platform %q %s\n  ours     %q", configs[i], verdict.Error, verdict.Routes, problems)
		case len(problems) == 0 && !sameJSON(t, marshal(t, routes), string(verdict.Routes)):
			t.Errorf("%s\n  platform %s\n  ours     %s", configs[i], verdict.Routes, marshal(t, routes))
		}
	}
	t.Logf("%d of %d accepted", accepted, len(configs))
	if accepted < len(configs)/20 {
		t.Errorf("only %d of %d configurations were accepted: this compares nothing", accepted, len(configs))
	}
}
