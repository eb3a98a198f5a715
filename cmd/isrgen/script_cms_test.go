package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/isrgen/isrgen/generator/cmstest"
)

// cmsKey finds the CMS among the values of a script.
type cmsKey struct{}

// startedCMS is the CMS of a script, if it has one.
type startedCMS struct{ *cmstest.CMS }

const cmsUsage = "cms start|token TOKEN|put SLUG NAME|fill N|delete SLUG|fail [FAULT]"

// scriptCMS is `cms start`, which sets $CMS and $CMSHOST, and then `cms token TOKEN`, which requests must bring, `cms put SLUG NAME`, `cms fill N`, `cms delete SLUG` and `cms fail FAULT`.
func scriptCMS(ts *testscript.TestScript, neg bool, args []string) {
	c := ts.Value(cmsKey{}).(*startedCMS)
	if neg || len(args) == 0 || (args[0] == "start") != (c.CMS == nil) {
		ts.Fatalf("usage: %s", cmsUsage)
	}
	switch verb := args[0]; {
	case verb == "start" && len(args) == 1:
		dir := filepath.Join(ts.Getenv("WORK"), ".cms")
		ts.Check(os.Mkdir(dir, 0o700))
		cms, err := cmstest.Start(dir)
		ts.Check(err)
		c.CMS = cms
		ts.Defer(cms.Close)
		ts.Setenv("CMS", cms.URL)
		ts.Setenv("CMSHOST", strings.TrimPrefix(cms.URL, "http://"))
	case verb == "put" && len(args) == 3:
		ts.Check(c.Store(cmstest.Item{Slug: args[1], Name: args[2], Description: args[2] + "."}))
	case verb == "token" && len(args) == 2:
		c.Token = args[1]
	case verb == "fill" && len(args) == 2:
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		ts.Check(c.Store(cmstest.Catalogue(n)...))
	case verb == "delete" && len(args) == 2:
		ts.Check(c.Remove(args[1]))
	case verb == "fail" && len(args) <= 2:
		c.Fail(cmstest.Fault(strings.Join(args[1:], "")))
	default:
		ts.Fatalf("usage: %s", cmsUsage)
	}
}
