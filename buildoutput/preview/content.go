package preview

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

const (
	// maxHeld is the largest file whose content is held in memory, and heldMemory how much all of them may take, in bytes.
	maxHeld    = 64 << 10
	heldMemory = 64 << 20

	// settled is how long ago a file must have changed before what is known of it is kept: two changes within one tick of the
	// file system's clock, which takes up to two seconds, look the same.
	settled = 2 * time.Second
)

// tag is what is known of a file as long as it stays as it is. The server's memory has its content under it.
type tag struct {
	info   fs.FileInfo
	etag   string
	looked atomic.Int64 // when the file was last as info says, as a time since the deployment's start
}

// same reports whether info is of the same file with the same content.
func (t *tag) same(info fs.FileInfo) bool {
	return t.info.Size() == info.Size() && changed(t.info).Equal(changed(info)) && os.SameFile(t.info, info)
}

// newHeld makes the memory for the contents of small files, of which it forgets the least useful.
func newHeld() *otter.Cache[*tag, []byte] {
	return otter.Must(&otter.Options[*tag, []byte]{
		MaximumWeight: heldMemory,
		Weigher:       func(_ *tag, body []byte) uint32 { return uint32(len(body)) + 256 },
	})
}

// content is a static file to be sent: its bytes if it is small, else the open file.
type content struct {
	*tag
	body []byte
	file *os.File
}

func (c *content) close() {
	if c.file != nil {
		c.file.Close()
	}
}

func (c *content) reader() io.ReadSeeker {
	if c.file != nil {
		return c.file
	}
	return bytes.NewReader(c.body)
}

func (c *content) all() ([]byte, error) {
	if c.file != nil {
		return io.ReadAll(c.file)
	}
	return c.body, nil
}

// open gives the file of a path as it is now or was less than lookEvery ago. The caller closes it.
func (d *deployment) open(path string, now time.Time) (content, error) {
	var known *tag
	if found, ok := d.tags.Load(path); ok {
		known = found.(*tag)
		if body, ok := d.held.GetIfPresent(known); ok {
			if same, err := d.stillSame(path, known, now); same || err != nil {
				return content{tag: known, body: body}, err
			}
		}
	}
	f, err := d.root.Open(path)
	if err != nil {
		return content{}, err
	}
	c, err := d.read(path, f, known, now)
	if err != nil || c.file == nil {
		f.Close()
	}
	return c, err
}

// stillSame looks whether a file is as it was, unless somebody has just done that.
func (d *deployment) stillSame(path string, t *tag, now time.Time) (bool, error) {
	at := now.Sub(d.started)
	if at-time.Duration(t.looked.Load()) < lookEvery {
		return true, nil
	}
	info, err := d.root.Stat(path)
	if err != nil || !t.same(info) {
		return false, err
	}
	t.looked.Store(int64(at))
	return true, nil
}

// read makes the content of an open file and notes what is known of it.
func (d *deployment) read(path string, f *os.File, known *tag, now time.Time) (c content, err error) {
	info, err := f.Stat()
	if err != nil {
		return c, err
	}
	c = content{tag: known, file: f}
	if info.Size() <= maxHeld {
		if c.body, err = io.ReadAll(f); err != nil {
			return c, err
		}
		c.file = nil
	}
	if known == nil || !known.same(info) {
		c.tag = &tag{info: info}
		if c.etag, err = etag(c.reader()); err != nil {
			return c, err
		}
	}
	c.looked.Store(int64(now.Sub(d.started)))
	if now.Sub(changed(info)) >= settled {
		d.tags.Store(path, c.tag)
		if c.file == nil && int64(len(c.body)) == info.Size() {
			d.held.Set(c.tag, c.body)
		}
	}
	return c, nil
}

// etag gives the strong ETag of a content: a hash of it.
func etag(r io.ReadSeeker) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`, nil
}
