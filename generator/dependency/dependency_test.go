package dependency

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
	"github.com/isrgen/isrgen/generator/site"
)

// TestEncode holds that encoded numbers meet exactly those marks that are on one of them.
func TestEncode(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 2000 {
		const n = 40
		var numbers []int
		marked := make([]bool, n)
		want := false
		density, marks := random.Float64(), random.Float64()/4
		for i := range n {
			marked[i] = random.Float64() < marks
			if random.Float64() < density {
				numbers = append(numbers, i)
				want = want || marked[i]
			}
		}
		if got, err := meets(encode(numbers), marked); got != want || err != nil {
			t.Fatalf("%v meets %v is %v, %v", numbers, marked, got, err)
		}
	}
}

// TestEncodeIsSmall holds that a page which reads all others costs next to nothing.
func TestEncodeIsSmall(t *testing.T) {
	all := make([]int, 100_000)
	for i := range all {
		all[i] = i + 7
	}
	if n := len(encode(all)); n > 8 {
		t.Errorf("%d bytes", n)
	}
}

// FuzzMeets holds that no bytes make it read outside of the marks.
func FuzzMeets(f *testing.F) {
	f.Add([]byte{0, 3})
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2})
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if met, err := meets(encoded, make([]bool, 10)); met || err != nil && !errors.Is(err, errDamaged) {
			t.Errorf("%v, %v", met, err)
		}
	})
}

// TestRecordFile holds that what is saved is loaded, and that anything else is as no record.
func TestRecordFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if _, err := Load(dir); !errors.Is(err, ErrNoRecord) {
		t.Errorf("of nothing there is %v", err)
	}
	r := &Record{Version: recordVersion, Selection: site.Selection{Drafts: true}, State: &State{Pages: []Page{{Path: "/"}, {Path: "/a/"}}, Regular: 3},
		Rendered: []Rendered{{Hash: 1, Reads: []byte{0, 2}}, {}}, Layouts: [][]string{{"home.html"}}, Uses: []Uses{{}}}
	if err := r.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil || !got.Selection.Drafts || got.State.Regular != 3 || !slices.Equal(got.Rendered[0].Reads, []byte{0, 2}) {
		t.Errorf("loaded %+v, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
	for name, spoil := range map[string]func(){
		"another version":   func() { r.Version++ },
		"too few pages":     func() { r.Rendered = r.Rendered[:1] },
		"no set of layouts": func() { r.Layouts = nil },
		"no uses of files":  func() { r.Uses = nil },
	} {
		kept := *r
		spoil()
		if err := r.Save(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); !errors.Is(err, ErrNoRecord) {
			t.Errorf("with %s: %v", name, err)
		}
		*r = kept
	}
	for _, text := range []string{"", "x", "{}\n"} {
		if err := os.WriteFile(filepath.Join(dir, RecordFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); !errors.Is(err, ErrNoRecord) {
			t.Errorf("of %q there is %v", text, err)
		}
	}
}

// TestBundleIsKnownAgain holds that no other build's bundle is taken for the one that was taken down.
func TestBundleIsKnownAgain(t *testing.T) {
	name := filepath.Join(t.TempDir(), "site.bundle")
	if b := NewBundles([]string{name}); b != nil {
		t.Errorf("of nothing there is %v", b)
	}
	write := func(s *site.Site) {
		t.Helper()
		var text bytes.Buffer
		w, err := content.NewBundleWriter(&text)
		if err == nil {
			err = errors.Join(render.Layouts{}.Pack(w), s.Pack(w, nil), w.Close(), os.WriteFile(name, text.Bytes(), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	named := func(title string) *site.Site {
		return site.New(&site.Config{Title: title}, &content.Tree{}, nil, &diagnostic.List{})
	}
	write(named("One"))
	bundles := NewBundles([]string{name})
	b := bundles[0]
	s, _, closed, err := bundles.Open()
	if err != nil || s.Config.Title != "One" {
		t.Fatal(err)
	}
	closed()
	notOurs := func() {
		t.Helper()
		_, _, closed, err := bundles.Open()
		closed()
		if !errors.Is(err, ErrNoRecord) {
			t.Errorf("another one is taken for it: %v", err)
		}
	}
	write(named("Two"))
	if err := os.Chtimes(name, b.Time, b.Time.Add(time.Nanosecond)); err != nil {
		t.Fatal(err)
	}
	notOurs() // of the same size
	write(named("Longer"))
	if err := os.Chtimes(name, b.Time, b.Time); err != nil {
		t.Fatal(err)
	}
	notOurs() // of the same time
	bundles = nil
	notOurs()
}
