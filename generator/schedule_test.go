package generator

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput/emulator"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// native begins the configuration of a site whose functions are for this machine.
func native(config string) string {
	if runtime.GOARCH == "arm64" {
		return "architecture: arm64\n" + config
	}
	return config
}

// An hour after the build one page appears, and a day after it another one vanishes. At each time the function answers what a
// build at that time would have rendered, and no answer is fresh for longer than it is true.
func TestScheduledPages(t *testing.T) {
	soon, end := clock.Add(time.Hour), clock.Add(24*time.Hour)
	source := writeSite(t, map[string]string{
		"isrgen.yaml": native("title: T\nisr:\n  notFound: {revalidate: 90}\n  rules:\n    - {match: /p/**, revalidate: 2h}\n" +
			"    - {match: /d/**, defer: true, revalidate: false}\n"),
		"content/p/old.md":    "---\ndate: 2026-01-01\n---\n",
		"content/p/soon.md":   "---\npublishDate: " + soon.Format(time.RFC3339) + "\n---\n",
		"content/p/going.md":  "---\nexpiryDate: " + end.Format(time.RFC3339) + "\n---\n",
		"content/d/soon.md":   "---\npublishDate: " + soon.Format(time.RFC3339) + "\n---\n",
		"content/d/always.md": "",
	})
	b := buildSite(t, Options{Source: source})
	out := read(t, b.Destination)
	for path, want := range map[string]int{"p": 3600, "p/going": 3600, "p/soon": 7200, "p/old": 7200} { // p/old has neighbours
		// /p/going/ stands beside /p/soon/, whose link appears with it.
		if got := out.Prerenders[path].Config.Expiration.Seconds; got != want {
			t.Errorf("the entry of /%s/ expires after %d s, want %d", path, got, want)
		}
	}
	if out.Prerenders["p/soon"].Fallback != nil {
		t.Error("a page that is to come has a fallback")
	}
	const home, hour, day = 365 * 24 * 60 * 60, 60 * 60, 24 * 60 * 60
	for _, at := range []struct {
		after     time.Duration
		status    map[string]int
		lifetimes map[string]int
	}{
		{0, map[string]int{"p/soon": 404, "p/going": 200, "d/soon": 404, "d/always": 200},
			map[string]int{"p": hour, "p/soon": 90, "d/soon": 90, "p/going": hour, "d/always": hour, "p/old": 2 * hour}},
		{time.Hour - 30*time.Second, map[string]int{"p/soon": 404, "d/soon": 404},
			map[string]int{"p": 30, "p/soon": 30, "d/soon": 30}},
		{time.Hour, map[string]int{"p/soon": 200, "d/soon": 200, "p/going": 200},
			map[string]int{"p": 2 * hour, "p/soon": 2 * hour, "d/soon": home, "d/always": home}},
		{24*time.Hour - time.Second, map[string]int{"p/going": 200}, map[string]int{"p": 1, "p/going": 1}},
		{24 * time.Hour, map[string]int{"p/going": 404, "p/soon": 200}, map[string]int{"p": 2 * hour, "p/going": 90}},
	} {
		ask := functionAt(t, b.Destination, out, clock.Add(at.after))
		for path, want := range at.status {
			if got := ask(entryOf(b, path)).Status; got != want {
				t.Errorf("%v after the build /%s/ has status %d, want %d", at.after, path, got, want)
			}
		}
		for path, want := range at.lifetimes {
			if got := sharedAge(ask(entryOf(b, path))); got != want {
				t.Errorf("%v after the build /%s/ is fresh for %d s, want %d", at.after, path, got, want)
			}
		}
		page, _ := b.site.Page("/p/")
		want, err := b.plan.renderer.Render(page, render.Request{Time: clock.Add(at.after)})
		if err != nil {
			t.Fatal(err)
		}
		got := ask(entryOf(b, "p")).Body
		soonThere, goingThere := at.after >= time.Hour, at.after < 24*time.Hour
		if bytes.Contains(got, []byte("/p/soon/")) != soonThere || bytes.Contains(got, []byte("/p/going/")) != goingThere ||
			!bytes.Equal(got, want.Body) {
			t.Errorf("%v after the build the list is\n%s", at.after, got)
		}
	}
}

// entryOf names the function of an output that answers for a page, and what it is asked.
func entryOf(b *build, path string) (outputPath, target string) {
	page, err := b.site.Page("/" + path + "/")
	if err == nil && page.Policy.Keeping == site.ISR {
		return path, "/" + path
	}
	outputPath = deferralPath(b.site.Deferrals[0])
	return outputPath, "/" + outputPath + "?" + pathParameter + "=/" + path + "/"
}

// sharedAge is the s-maxage of a response.
func sharedAge(response *emulator.Response) (seconds int) {
	fmt.Sscanf(response.Header.Get("Cache-Control"), "public, max-age=0, s-maxage=%d, must-revalidate", &seconds)
	return seconds
}
