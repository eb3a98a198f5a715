package content

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fenced is a file that fails the test when something outside of it is asked for.
type fenced struct {
	t    testing.TB
	file []byte
}

func (f fenced) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset+int64(len(p)) > int64(len(f.file)) {
		f.t.Errorf("%d bytes at %d are read of a file of %d bytes", len(p), offset, len(f.file))
		return 0, io.EOF
	}
	return copy(p, f.file[offset:]), nil
}

func pack(t testing.TB, records map[string]string, samples ...string) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewBundleWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	if samples != nil {
		var texts [][]byte
		for _, sample := range samples {
			texts = append(texts, []byte(sample))
		}
		if err := w.Teach(texts); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if err := w.Add(key, []byte(records[key])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(file.Len()) {
		t.Errorf("the writer counts %d bytes of %d", w.Size(), file.Len())
	}
	return file.Bytes()
}

func openBundle(t testing.TB, file []byte) *Bundle {
	t.Helper()
	bundle, err := OpenBundle(fenced{t, file}, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// What was added is found under its key, and nothing else is, whatever the keys and values are.
func TestBundleRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 2, 7, 100, 5000} {
		records := map[string]string{}
		for range size {
			key := fmt.Sprintf("%x", random.Uint32N(1<<20))[random.IntN(2):]
			value := make([]byte, random.IntN(200)*random.IntN(2))
			for i := range value {
				value[i] = byte(random.Uint32())
			}
			records[key] = string(value)
		}
		if size == 100 {
			records[""] = "the empty key"
			records["large"] = string(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
			records["page:/naïve/日本/"] = "\x00\xff"
		}
		bundle := openBundle(t, pack(t, records))
		for key, want := range records {
			if got, err := bundle.Get(key); err != nil || string(got) != want {
				t.Errorf("of %d records, %q is %d bytes, %v; want %d bytes", size, key, len(got), err, len(want))
			}
			if _, other := records[key+"/"]; !other {
				if got, err := bundle.Get(key + "/"); !errors.Is(err, ErrNoRecord) {
					t.Errorf("of %d records, %q, which was not added, is %q, %v", size, key+"/", got, err)
				}
			}
		}
	}
}

// Records are short and like each other: each alone is compressed to a part of its size, with the help of what is in all of them.
func TestBundleIsCompressed(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	text := func() string {
		var b strings.Builder
		for range 60 {
			fmt.Fprintf(&b, "word-%d and the revalidation of page %d, ", random.IntN(300), random.IntN(1000))
		}
		return b.String()
	}
	records, size := map[string]string{}, 0
	for i := range 2000 {
		key := fmt.Sprintf("body:/posts/%d/", i)
		records[key] = text()
		size += len(key) + len(records[key])
	}
	records["empty"], records["short"], records["noise"] = "", "x", string([]byte{7, 200, 31, 99, 154, 3})
	samples := []string{text(), text(), text(), text()}
	file := pack(t, records, samples...)
	if len(file) > size/2 {
		t.Errorf("%d bytes of records take %d in the bundle", size, len(file))
	}
	bundle := openBundle(t, file)
	for key, want := range records {
		if got, err := bundle.Get(key); err != nil || string(got) != want {
			t.Errorf("%q is %d bytes, %v; want %d bytes", key, len(got), err, len(want))
		}
	}
	if again := pack(t, records, samples...); !bytes.Equal(again, file) {
		t.Error("the same records give other bytes the second time")
	}
}

// A disk that is full is an error, of that record or of a later one.
func TestBundleWriterFails(t *testing.T) {
	w, err := NewBundleWriter(&limited{2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		if err = w.Add(strconv.Itoa(i), make([]byte, 1000)); err != nil {
			break
		}
	}
	if !errors.Is(err, io.ErrShortWrite) || w.Close() == nil {
		t.Errorf("a writer that takes no more: %v", err)
	}
}

// limited takes so many bytes.
type limited struct{ left int }

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// Two keys with one hash are two records.
func TestBundleCollision(t *testing.T) {
	const one, other = "8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"
	if hashKey(one) != hashKey(other) {
		t.Fatal("these keys do not collide any more: find others")
	}
	bundle := openBundle(t, pack(t, map[string]string{one: "1", other: "2", "third": "3"}))
	for key, want := range map[string]string{one: "1", other: "2"} {
		if got, err := bundle.Get(key); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", key, got, err, want)
		}
	}
	alone := openBundle(t, pack(t, map[string]string{one: "1"}))
	if got, err := alone.Get(other); !errors.Is(err, ErrNoRecord) {
		t.Errorf("a key whose hash another has is %q, %v", got, err)
	}
}

// A file that was cut off is refused at once; one that was changed gives errors or other values, but is never read outside.
func TestDamagedBundle(t *testing.T) {
	records := map[string]string{"config": "{}", "page:/": "home", "page:/a/": "", "body:/a/": "some text"}
	records["long"] = strings.Repeat("some text that is long enough to be compressed ", 9)
	whole := pack(t, records, records["long"])
	for size := range len(whole) {
		if _, err := OpenBundle(fenced{t, whole[:size]}, int64(size)); err == nil {
			t.Errorf("a bundle cut off after %d of %d bytes is opened", size, len(whole))
		}
	}
	for at := range whole {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			damaged := bytes.Clone(whole)
			damaged[at] ^= flip
			getAll(fenced{t, damaged}, records)
		}
	}
}

func getAll(file fenced, records map[string]string) {
	bundle, err := OpenBundle(file, int64(len(file.file)))
	if err != nil {
		return
	}
	for key := range records {
		bundle.Get(key)
	}
	bundle.Get("absent")
}

func FuzzBundle(f *testing.F) {
	records := map[string]string{"config": "{}", "": "", "page:/a/": "text"}
	f.Add(pack(f, records))
	f.Add(pack(f, nil))
	f.Add(pack(f, map[string]string{"page:/a/": strings.Repeat("text ", 99)}, strings.Repeat("text and more ", 40)))
	// A table that would begin before the file.
	short := append([]byte("12345678"), bundleMagic...)
	for _, n := range []uint64{1<<64 - 24, 2, 1} {
		short = binary.LittleEndian.AppendUint64(short, n)
	}
	f.Add(short)
	f.Fuzz(func(t *testing.T, file []byte) { getAll(fenced{t, file}, records) })
}
