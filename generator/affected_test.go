package generator

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"math/rand"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/isrgen/isrgen/generator/dependency"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// editsEnv is the number of edits that TestAffectedIsTrue makes; `make affected` makes 500.
const editsEnv = "ISRGEN_TEST_EDITS"

// TestAffectedIsTrue edits one input of a site at random, again and again, and compares what Affected says with two clean builds:
// no address may be missing, and none too many, save of deferred pages where the output of the build is gone, which could render
// them as they were, and of those of a source on the network, which only a function asks for.
func TestAffectedIsTrue(t *testing.T) {
	t.Parallel()
	edits, _ := strconv.Atoi(cmp.Or(os.Getenv(editsEnv), "50"))
	j := &editJudge{random: rand.New(rand.NewSource(1)), host: newEditedHost(t), extra: map[string]int{}}
	for n := range edits {
		if n%40 == 0 { // after so many edits a site has grown strange
			j.site = newEditedSite(j.random)
		}
		if !t.Run(strconv.Itoa(n), j.edit) {
			return
		}
	}
	t.Logf("%d edits, %d addresses changed; deferred pages too many, by kind of edit: %v", edits, j.changed, j.extra)
}

// editJudge goes from edit to edit.
type editJudge struct {
	random  *rand.Rand
	host    *editedHost
	site    *editedSite
	changed int            // addresses
	extra   map[string]int // that were said to have changed, perhaps, and had not
}

// edit makes one edit, and judges what is said of it.
func (j *editJudge) edit(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	j.site.write(t, before, j.host)
	earlier := everything(t, opened(t, before))
	if earlier == nil {
		t.Fatal("the site has errors before the edit")
	}
	var edited *editedSite
	var what string
	var later map[string][]byte
	for later == nil { // an edit may break the site, such as one that gives two pages an address
		edited = j.site.clone()
		what = edited.edit(j.random)
		if err := os.RemoveAll(after); err != nil {
			t.Fatal(err)
		}
		edited.write(t, after, j.host)
		later = everything(t, opened(t, after))
	}
	want := differences(earlier, later)
	j.changed += len(want)
	record := built(t, before)
	for from, compare := range map[string]func(*openedVersion) ([]dependency.Change, error){
		"the last build": func(v *openedVersion) ([]dependency.Change, error) { return v.sinceBuild(t.Context(), record) },
		"a build whose output is gone": func(v *openedVersion) ([]dependency.Change, error) {
			return dependency.Compare(t.Context(), dependency.Remembered(record, nil, nil, v.request(t.Context())), v.version)
		},
		"a revision": func(v *openedVersion) ([]dependency.Change, error) {
			return dependency.Compare(t.Context(), opened(t, before).version, v.version)
		},
	} {
		got, err := compare(opened(t, after))
		if err != nil {
			t.Fatal(err)
		}
		j.compare(t, what, from, got, maps.Clone(want))
	}
	if file := editedFile(what); file != "" {
		checkReaders(t, opened(t, before), file, want)
	}
	j.site = edited
	j.host.forget(before)
}

// compare holds that what was said is what is missing still, but for deferred pages that nobody can be sure of.
func (j *editJudge) compare(t *testing.T, what, from string, said []dependency.Change, missing map[string]string) {
	t.Helper()
	for _, change := range said {
		deferred, gone := change.Kind == string(site.Deferred), strings.HasSuffix(from, "gone")
		// The feed of a deferred list has no fallback, and is not remembered either.
		unsure := !change.Certain && (gone && (deferred || path.Ext(change.Path) == ".xml") || deferred && strings.HasPrefix(change.Path, "/items/"))
		switch {
		case missing[change.Path] == change.Change:
			delete(missing, change.Path)
		case unsure:
			word, _, _ := strings.Cut(what, " ")
			j.extra[word]++
		default:
			t.Errorf("%s, since %s: %s is not %s", what, from, change.Path, change.Change)
		}
	}
	for path, change := range missing {
		t.Errorf("%s, since %s: %s is %s, which is not said", what, from, path, change)
	}
}

// editedFile is the file of an edit that moves nothing in a list, else empty.
func editedFile(what string) string {
	word, _, _ := strings.Cut(what, " ")
	switch {
	case word == "words" || word == "body" || word == "description":
		return what[strings.LastIndex(what, " ")+1:]
	case strings.HasPrefix(what, "data/") || strings.HasPrefix(what, "layouts/"):
		return what
	}
	return ""
}

// checkReaders holds that whatever the edit of a file changed was said to read it.
func checkReaders(t *testing.T, before *openedVersion, file string, changed map[string]string) {
	t.Helper()
	readers, err := before.readers(t.Context(), []string{file})
	if err != nil {
		t.Error(err)
	}
	for path := range changed {
		if !slices.ContainsFunc(readers, func(r dependency.Change) bool { return r.Path == path }) {
			t.Errorf("the edit of %s changed %s, which is not said to read it", file, path)
		}
	}
}

// built is what a build of a site remembers. Its output is beside the site.
func built(t *testing.T, dir string) *dependency.Record {
	t.Helper()
	cache := filepath.Join(t.TempDir(), "cache")
	report, err := Build(t.Context(), Options{Source: dir, Clock: clock, Cache: cache, Bootstrap: standIn})
	if err != nil {
		t.Fatal(err, report.Diagnostics)
	}
	record, err := dependency.Load(cache)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// opened is the version of a site at hand, nil if the site has errors.
func opened(t *testing.T, dir string) *openedVersion {
	t.Helper()
	v, err := openVersion(t.Context(), Options{Source: dir, Clock: clock})
	if errors.Is(err, ErrSite) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.root.Close() })
	return v
}

// everything gives what is at each address of a site, deferred pages rendered too, nil if the site has errors.
func everything(t *testing.T, v *openedVersion) map[string][]byte {
	t.Helper()
	if v == nil {
		return nil
	}
	all := map[string][]byte{}
	pages := map[string]bool{}
	for _, page := range v.site.Pages {
		if !page.Holds(clock) {
			continue
		}
		response, err := v.plan.renderer.Render(v.whole(page), render.Request{Time: clock})
		if err != nil {
			return nil
		}
		all[page.Path], pages[page.File()] = response.Body, true
	}
	for name, file := range v.plan.output.Static {
		var b bytes.Buffer
		if pages[name] {
			continue
		}
		if _, err := file.Content.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		all["/"+name] = b.Bytes()
	}
	return all
}

func differences(before, after map[string][]byte) map[string]string {
	changes := map[string]string{}
	for path := range before {
		if _, ok := after[path]; !ok {
			changes[path] = dependency.Removed
		}
	}
	for path, text := range after {
		if old, ok := before[path]; !ok {
			changes[path] = dependency.Added
		} else if !bytes.Equal(old, text) {
			changes[path] = dependency.Changed
		}
	}
	return changes
}
