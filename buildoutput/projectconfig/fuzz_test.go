package projectconfig_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/projectconfig"
	"github.com/isrgen/isrgen/buildoutput/routing"
)

// FuzzEntries compiles one source, destination and header value of any text in all three lists. What is accepted gives one
// route each, whose source the router can run, and the same routes each time.
func FuzzEntries(f *testing.F) {
	for _, seed := range [][3]string{
		{"/blog/:slug", "/posts/:slug", ":slug"},
		{"/a{-:b-}?/:c*", "https://:b.example.com:80/:c*?q=:b#:c", "a:b*"},
		{"/((?!x).*)", "//u:p@h/{x}\\?%zz&a=b&a", "\\:"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, source, destination, value string) {
		if !utf8.ValidString(source + destination + value) {
			return // neither JSON nor YAML has such texts
		}
		watchdog := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("does not end: %q %q %q", source, destination, value)) })
		defer watchdog.Stop()
		config := projectconfig.Config{
			Redirects: []projectconfig.Redirect{{Source: source, Destination: destination}},
			Headers:   []projectconfig.Header{{Source: source, Headers: []projectconfig.HeaderLine{{Key: "x-a", Value: value}}}},
			Rewrites:  []projectconfig.Rewrite{{Source: source, Destination: destination}},
		}
		routes, problems := config.Routes()
		if len(problems) > 0 {
			for _, p := range problems {
				if p.Index != 0 || p.Error() == "" {
					t.Errorf("the problem %+v has no place", p)
				}
			}
			return
		}
		if len(routes) != 4 || routes[2].Handle != buildoutput.PhaseFilesystem {
			t.Fatalf("%d routes", len(routes))
		}
		if again, _ := config.Routes(); !reflect.DeepEqual(again, routes) {
			t.Error("the same configuration gives other routes")
		}
		_, faults := routing.New(&buildoutput.Config{Routes: routes}, none{})
		for _, fault := range faults {
			if fault.Member == "src" && !strings.Contains(fault.Error(), "longer") {
				t.Errorf("%q becomes %q: %v", source, routes[0].Src, fault)
			}
		}
	})
}
