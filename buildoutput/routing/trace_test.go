package routing

import (
	"fmt"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/buildoutput"
)

// TestTrace shows what a trace tells: every phase, every route that matched, and why the last path won.
func TestTrace(t *testing.T) {
	router, _ := New(&buildoutput.Config{Routes: []buildoutput.Route{
		{Src: "/.*", Headers: map[string]string{"x-a": "1"}, Continue: true},
		{Handle: buildoutput.PhaseFilesystem},
		{Src: "/old/(.*)", Dest: buildoutput.Dest{Path: "/gone/$1"}, Check: true},
		{Src: "/gone/(.*)", Dest: buildoutput.Dest{Path: "/page?p=$1"}},
		{Handle: buildoutput.PhaseHit},
		{Src: "/page", Headers: map[string]string{"x-hit": "1"}, Continue: true},
	}}, outputSet{"page": false})
	d := router.Resolve(&Request{Path: "/old/x", Trace: true})
	var got []string
	for _, s := range d.Trace {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %s %s %s", s.Phase, s.Route, s.Event, s.Path, s.Detail)))
	}
	want := []string{
		"-1 phase /old/x",
		"0 match /old/x /.*",
		"filesystem -1 phase /old/x",
		"filesystem 2 match /old/x /old/(.*)",
		"filesystem 2 rewrite /gone/x",
		"filesystem 2 absent /gone/x",
		"filesystem 2 restore /gone/x no output for the destination",
		"filesystem 3 match /gone/x /gone/(.*)",
		"filesystem 3 rewrite /page p=x",
		"filesystem -1 found /page page",
		"hit -1 phase /page",
		"hit 5 match /page /page",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEndlessRouting has many failing checks, each of which enters other phases.
func TestEndlessRouting(t *testing.T) {
	var routes []buildoutput.Route
	for range 300 {
		routes = append(routes, buildoutput.Route{Src: "/(.*)", Dest: buildoutput.Dest{Path: "/x$1"}, Check: true})
	}
	routes = append(routes, buildoutput.Route{Handle: buildoutput.PhaseRewrite},
		buildoutput.Route{Src: "/(.*)", Dest: buildoutput.Dest{Path: "/y$1"}, Check: true})
	router, _ := New(&buildoutput.Config{Routes: routes}, outputSet{})
	d := router.Resolve(&Request{Path: "/"})
	if d.Kind != Error || d.Status != 508 || d.Err != ErrInfiniteLoop {
		t.Errorf("got %v %d %s", d.Kind, d.Status, d.Err)
	}
}
