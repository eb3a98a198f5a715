package buildoutput

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/isrgen/isrgen/buildoutput/outputtest"
)

// TestValidateAcceptsWhatWasRead: what Read accepted, Validate does too.
func TestValidateAcceptsWhatWasRead(t *testing.T) {
	files, err := filepath.Glob("../testdata/output/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatal("no outputs", err)
	}
	accepted := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Read(os.DirFS(outputtest.Unpack(t, archive.Files)))
		if err != nil {
			continue
		}
		accepted++
		if err := out.Validate(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if accepted < 50 {
		t.Errorf("only %d outputs were accepted", accepted)
	}
}

func TestValidate(t *testing.T) {
	sound := func() *Output {
		return &Output{
			Config: Config{Version: Version, Routes: []Route{{Src: "/.*", MiddlewarePath: "guard", Continue: true}}},
			Functions: map[string]*Function{
				"guard": {Config: FunctionConfig{Runtime: RuntimeEdge, Entrypoint: "index.js"}},
				"a":     {Config: FunctionConfig{Runtime: RuntimeProvided, Handler: "bootstrap", Architecture: ArchAMD64}},
				"b":     {Link: "a"},
			},
			Prerenders: map[string]*Prerender{
				"b": {Config: PrerenderConfig{Expiration: &Expiration{Seconds: 60}, BypassToken: strings.Repeat("x", MinBypassToken)}},
			},
		}
	}
	if err := sound().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Output){
		"config.json: version must be 3":                                    func(o *Output) { o.Config.Version = 2 },
		`config.json: there is no function "guard", or it is prerendered`:   func(o *Output) { delete(o.Functions, "guard") },
		"functions/a.func/.vc-config.json: handler must be a string":        func(o *Output) { o.Functions["a"].Config.Handler = "" },
		"functions/a.func/.vc-config.json: architecture must be":            func(o *Output) { o.Functions["a"].Config.Architecture = "sparc" },
		"functions/b.func: the link does not lead to a function":            func(o *Output) { o.Functions["b"].Link = "c" },
		"functions/b.prerender-config.json: there is no function":           func(o *Output) { delete(o.Functions, "b") },
		"functions/b.prerender-config.json: an edge function cannot":        func(o *Output) { o.Functions["b"].Link = "guard" },
		"functions/b.prerender-config.json: the fallback has no file":       func(o *Output) { o.Prerenders["b"].Config.Fallback = &Fallback{Path: "b.html"} },
		"functions/b.prerender-config.json: group must be a natural":        func(o *Output) { o.Prerenders["b"].Config.Group = -1 },
		"functions/b.prerender-config.json: bypassToken must be a string o": func(o *Output) { o.Prerenders["b"].Config.BypassToken = "short" },
	} {
		o := sound()
		spoil(o)
		err := o.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
