package isr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

func openDisk(t *testing.T, dir string, maxBytes int64) *Disk {
	t.Helper()
	d, err := OpenDisk(dir, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func someEntry(body string, began time.Time) *Entry {
	return &Entry{
		Response: Response{Status: 200, Header: http.Header{"Content-Type": {"text/html"}, "X-Two": {"a", "b"}}, Body: []byte(body)},
		Began:    began, Generated: began.Add(time.Second), Lifetime: buildoutput.Expiration{Seconds: 60},
	}
}

func load(t *testing.T, s Store, key Key) *Entry {
	t.Helper()
	entry, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func save(t *testing.T, s Store, key Key, entry *Entry) *Entry {
	t.Helper()
	kept, err := s.Save(t.Context(), key, entry)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func sameEntry(a, b *Entry) bool {
	return a.Status == b.Status && bytes.Equal(a.Body, b.Body) && fmt.Sprint(a.Header) == fmt.Sprint(b.Header) && a.Began.Equal(b.Began) &&
		a.Generated.Equal(b.Generated) && a.Lifetime == b.Lifetime && a.Fallback == b.Fallback && a.Retry.Equal(b.Retry)
}

var diskKeys = []Key{
	{},
	{Deployment: "one", Domain: "example.com", Output: "blog/[slug]", Query: "slug=a%2Fb"},
	{Deployment: "two", Domain: "example.com", Output: "blog/[slug]", Query: "slug=a%2Fb"},
	{Deployment: "../../up", Domain: "..", Output: "../../../etc", Query: "\x00"},
	{Deployment: "one", Domain: "example.com", Output: "index"},
}

func TestDiskKeepsEntries(t *testing.T) {
	dir := t.TempDir()
	d := openDisk(t, dir, 0)
	for i, key := range diskKeys {
		if load(t, d, key) != nil {
			t.Errorf("%v is there already", key)
		}
		save(t, d, key, someEntry(fmt.Sprint(i), time.Now()))
	}
	if _, err := OpenDisk(dir, 0); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process may open it too: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = openDisk(t, dir, 0)
	for i, key := range diskKeys {
		if entry := load(t, d, key); entry == nil || string(entry.Body) != fmt.Sprint(i) || entry.Header["X-Two"][1] != "b" {
			t.Errorf("%v is %v after a restart", key, entry)
		}
	}
	filepath.WalkDir(filepath.Dir(dir), func(name string, _ fs.DirEntry, _ error) error {
		if strings.HasSuffix(name, entrySuffix) && !strings.HasPrefix(name, dir) {
			t.Errorf("%s is outside of the store", name)
		}
		return nil
	})
}

// TestSaveKeepsTheLater holds for every store.
func TestSaveKeepsTheLater(t *testing.T) {
	now := time.Now()
	for _, s := range []Store{&Memory{}, openDisk(t, t.TempDir(), 0)} {
		later, earlier := someEntry("later", now), someEntry("earlier", now.Add(-time.Minute))
		save(t, s, Key{}, later)
		if kept := save(t, s, Key{}, earlier); string(kept.Body) != "later" {
			t.Errorf("%T says that it keeps %q", s, kept.Body)
		}
		if entry := load(t, s, Key{}); string(entry.Body) != "later" {
			t.Errorf("%T has %q", s, entry.Body)
		}
		failed := later.failed(now.Add(time.Minute))
		if kept := save(t, s, Key{}, failed); kept.Retry.IsZero() {
			t.Errorf("%T does not take a note of the same render", s)
		}
	}
}

// TestDiskIgnoresDamage changes and cuts a file at every place: what is read is the entry as it was, or none.
func TestDiskIgnoresDamage(t *testing.T) {
	d := openDisk(t, t.TempDir(), 0)
	key := diskKeys[1]
	entry := someEntry("the body", time.Now())
	save(t, d, key, entry)
	name := d.file(key)
	sound, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	damage := func(text []byte) {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := load(t, d, key); got != nil {
			t.Errorf("a damaged file gives %v", got)
		}
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the damaged file is still there")
		}
	}
	for i := range sound {
		damage(sound[:i])
		changed := bytes.Clone(sound)
		changed[i] ^= byte(1 + r.IntN(255))
		damage(changed)
	}
	if err := os.WriteFile(d.file(diskKeys[2]), sound, 0o600); err == nil {
		t.Error("the directory of another deployment is there")
	}
	save(t, d, diskKeys[4], entry)
	if err := os.WriteFile(d.file(diskKeys[4]), sound, 0o600); err != nil {
		t.Fatal(err)
	}
	if load(t, d, diskKeys[4]) != nil {
		t.Error("the file of another key is taken for this one's")
	}
}

func TestDiskForgetsTheIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := OpenDisk(t.TempDir(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		wanted, idle := Key{Output: "wanted"}, Key{Output: "idle"}
		save(t, d, wanted, someEntry("w", time.Now()))
		save(t, d, idle, someEntry("i", time.Now()))
		for range 30 {
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			if load(t, d, wanted) == nil {
				t.Fatal("an entry that is wanted each day is gone")
			}
		}
		if _, err := os.Stat(d.file(idle)); err != nil {
			t.Error("an entry is gone after 30 days")
		}
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if _, err := os.Stat(d.file(idle)); !errors.Is(err, fs.ErrNotExist) {
			t.Error("an entry that nobody wanted for 32 days is still there")
		}
		if load(t, d, wanted) == nil {
			t.Error("the other is gone too")
		}
	})
}

func TestDiskHasALimit(t *testing.T) {
	dir := t.TempDir()
	d := openDisk(t, dir, 0)
	for i := range 20 {
		key := Key{Output: fmt.Sprint(i)}
		save(t, d, key, someEntry(strings.Repeat("x", 1000), time.Now()))
		at := time.Now().Add(time.Duration(i-20) * time.Hour)
		if err := os.Chtimes(d.file(key), at, at); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	d = openDisk(t, dir, 10_000)
	kept := 0
	for i := range 20 {
		if load(t, d, Key{Output: fmt.Sprint(i)}) != nil {
			kept++
		} else if kept > 0 {
			t.Errorf("entry %d is gone, and one that was wanted before it is there", i)
		}
	}
	if kept < 5 || kept > 9 {
		t.Errorf("%d entries of over 1,000 bytes fit into 10,000", kept)
	}
}

// TestCrash kills a process that saves entries at random moments. Each entry is whole or absent afterwards, and one that was
// saved is never gone. Each process begins with another key and lives until it has saved at least one entry, so that all keys
// are saved however slow the machine is.
func TestCrash(t *testing.T) {
	if dir := os.Getenv("ISRGEN_TEST_CRASH"); dir != "" {
		first, err := strconv.Atoi(os.Getenv("ISRGEN_TEST_CRASH_FIRST"))
		if err != nil {
			t.Fatal(err)
		}
		saveForever(dir, first)
	}
	dir := t.TempDir()
	crashes := 200
	if testing.Short() {
		crashes = 20
	}
	seen := map[Key]time.Time{}
	for i := range crashes {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
		cmd.Env = append(os.Environ(), "ISRGEN_TEST_CRASH="+dir, fmt.Sprint("ISRGEN_TEST_CRASH_FIRST=", i%crashKeys))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		saved := make([]byte, 1+rand.IntN(4))
		if _, err := io.ReadFull(out, saved); err != nil {
			t.Fatalf("the process ended by itself: %v", err)
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		cmd.Process.Kill()
		cmd.Wait()
		inspect(t, dir, seen)
	}
	if len(seen) != crashKeys {
		t.Errorf("only %d of %d keys were ever saved", len(seen), crashKeys)
	}
}

const crashKeys = 5

func inspect(t *testing.T, dir string, seen map[Key]time.Time) {
	t.Helper()
	d := openDisk(t, dir, 0)
	defer d.Close()
	for i := range crashKeys {
		key := Key{Output: fmt.Sprint(i)}
		entry := load(t, d, key)
		if entry == nil {
			if !seen[key].IsZero() {
				t.Errorf("the entry of %s is gone", key)
			}
			continue
		}
		if want := crashBody(entry.Began); !bytes.Equal(entry.Body, want) {
			t.Errorf("the entry of %s is not whole", key)
		}
		if entry.Began.Before(seen[key]) {
			t.Errorf("the entry of %s is older than before", key)
		}
		seen[key] = entry.Began
	}
}

func crashBody(began time.Time) []byte {
	return bytes.Repeat(fmt.Append(nil, began.UnixNano(), "\n"), 5000)
}

// saveForever saves entries, from the first key on in turn, and writes one byte to the standard output after each.
func saveForever(dir string, first int) {
	d, err := OpenDisk(dir, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := first; ; i++ {
		began := time.Now().Round(0)
		entry := someEntry("", began)
		entry.Body = crashBody(began)
		if _, err := d.Save(context.Background(), Key{Output: fmt.Sprint(i % crashKeys)}, entry); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Stdout.Write([]byte{'.'})
	}
}

func FuzzDecodeEntry(f *testing.F) {
	text, err := EncodeEntry(diskKeys[1], someEntry("body", time.Unix(1, 0)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(entryFormat))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, entry, err := DecodeEntry(text)
		if err != nil {
			return
		}
		again, err := EncodeEntry(key, entry)
		if err != nil {
			t.Fatal(err)
		}
		if _, second, err := DecodeEntry(again); err != nil || !sameEntry(entry, second) {
			t.Errorf("%v is %v after another passage: %v", entry, second, err)
		}
	})
}
