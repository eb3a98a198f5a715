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

func pack(t testing.TB, records map[string]string) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewBundleWriter(&file)
	if err != nil {
		t.Fatal(err)
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
	whole := pack(t, records)
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
	// A table that would begin before the file.
	short := append([]byte("12345678"), bundleMagic...)
	for _, n := range []uint64{1<<64 - 24, 2, 1} {
		short = binary.LittleEndian.AppendUint64(short, n)
	}
	f.Add(short)
	f.Fuzz(func(t *testing.T, file []byte) { getAll(fenced{t, file}, records) })
}
