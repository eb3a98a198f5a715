package content

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/bits"
)

// A bundle is a file of named records that is opened in constant time and read at random: how a function carries a site.
//
//	record…    length of key and of value as varints, key, value
//	table      slots of 16 bytes: hash of the key, offset of the record; an offset of 0 is an empty slot
//	footer     magic, offset of the table, number of slots (a power of two), number of records
//
// A key's slot is its hash modulo the number of slots, or the next free one after it. The table is at most half full, so
// that a look-up reads one stretch of the table and one record, however many there are.
const (
	bundleMagic = "isrgen\x00\x01"
	slotSize    = 16
	footerSize  = 8 + 3*8
	probe       = 8 // slots read at a time
)

// BundleFile is the name of the bundle in the directory of a function.
const BundleFile = "site.bundle"

// ErrNoRecord is what [Bundle.Get] returns for a key that the bundle does not hold.
var ErrNoRecord = errors.New("no such record in the bundle")

func hashKey(key string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, key)
	return h.Sum64()
}

// BundleWriter writes a bundle. Records are written at once; only 16 bytes of each stay in memory.
type BundleWriter struct {
	w      *countingWriter
	slots  []slot
	header []byte
}

type slot struct{ hash, offset uint64 }

type countingWriter struct {
	io.Writer
	n uint64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += uint64(n)
	return n, err
}

// NewBundleWriter begins a bundle on w, which should be buffered.
func NewBundleWriter(w io.Writer) (*BundleWriter, error) {
	b := &BundleWriter{w: &countingWriter{Writer: w}}
	_, err := io.WriteString(b.w, bundleMagic) // so that no record has offset 0
	return b, err
}

// Add appends a record. Each key may be added once.
func (b *BundleWriter) Add(key string, value []byte) error {
	b.slots = append(b.slots, slot{hashKey(key), b.w.n})
	b.header = binary.AppendUvarint(b.header[:0], uint64(len(key)))
	b.header = binary.AppendUvarint(b.header, uint64(len(value)))
	b.header = append(b.header, key...)
	if _, err := b.w.Write(b.header); err != nil {
		return err
	}
	_, err := b.w.Write(value)
	return err
}

// Close writes the table and the footer. It does not close the underlying writer.
func (b *BundleWriter) Close() error {
	size := uint64(1) << bits.Len(uint(2*len(b.slots)))
	table := make([]byte, size*slotSize)
	for _, s := range b.slots {
		i := s.hash & (size - 1)
		for binary.LittleEndian.Uint64(table[i*slotSize+8:]) != 0 {
			i = (i + 1) & (size - 1)
		}
		binary.LittleEndian.PutUint64(table[i*slotSize:], s.hash)
		binary.LittleEndian.PutUint64(table[i*slotSize+8:], s.offset)
	}
	footer := []byte(bundleMagic)
	for _, n := range []uint64{b.w.n, size, uint64(len(b.slots))} {
		footer = binary.LittleEndian.AppendUint64(footer, n)
	}
	if _, err := b.w.Write(table); err != nil {
		return err
	}
	_, err := b.w.Write(footer)
	return err
}

// Size is how many bytes were written so far.
func (b *BundleWriter) Size() int64 { return int64(b.w.n) }

// Bundle reads a bundle. It may be used by several goroutines.
type Bundle struct {
	r     io.ReaderAt
	table int64
	slots uint64
}

// OpenBundle opens a bundle of size bytes. It reads the footer only.
func OpenBundle(r io.ReaderAt, size int64) (*Bundle, error) {
	footer := make([]byte, footerSize)
	if size < footerSize {
		return nil, errors.New("bundle: shorter than its footer")
	}
	if _, err := r.ReadAt(footer, size-footerSize); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	if !bytes.HasPrefix(footer, []byte(bundleMagic)) {
		return nil, errors.New("bundle: not a bundle of this version")
	}
	table, slots := binary.LittleEndian.Uint64(footer[8:]), binary.LittleEndian.Uint64(footer[16:])
	if slots == 0 || slots&(slots-1) != 0 || slots > uint64(size-footerSize)/slotSize || table != uint64(size)-footerSize-slots*slotSize {
		return nil, errors.New("bundle: the table is damaged")
	}
	return &Bundle{r: r, table: int64(table), slots: slots}, nil
}

// Get returns the record with this key, or [ErrNoRecord].
func (b *Bundle) Get(key string) ([]byte, error) {
	hash := hashKey(key)
	buf := make([]byte, probe*slotSize)
	for i, seen := hash&(b.slots-1), uint64(0); seen < b.slots; {
		n := min(probe, b.slots-i)
		chunk := buf[:n*slotSize]
		if _, err := b.r.ReadAt(chunk, b.table+int64(i*slotSize)); err != nil {
			return nil, fmt.Errorf("bundle: %w", err)
		}
		for ; len(chunk) > 0; chunk = chunk[slotSize:] {
			offset := binary.LittleEndian.Uint64(chunk[8:])
			if offset == 0 {
				return nil, ErrNoRecord
			}
			if binary.LittleEndian.Uint64(chunk) != hash {
				continue
			}
			if value, err := b.record(key, offset); !errors.Is(err, ErrNoRecord) {
				return value, err
			}
		}
		i, seen = (i+n)&(b.slots-1), seen+n
	}
	return nil, ErrNoRecord
}

// record reads the record at an offset, if it has this key.
func (b *Bundle) record(key string, offset uint64) ([]byte, error) {
	damaged := func(err error) error { return fmt.Errorf("bundle: record of %q is damaged: %w", key, err) }
	if offset >= uint64(b.table) {
		return nil, damaged(io.ErrUnexpectedEOF)
	}
	end := b.table
	head := make([]byte, min(int64(2*binary.MaxVarintLen64+len(key)), end-int64(offset)))
	if _, err := b.r.ReadAt(head, int64(offset)); err != nil {
		return nil, damaged(err)
	}
	keyLen, n := binary.Uvarint(head)
	valueLen, m := binary.Uvarint(head[max(n, 0):])
	if n <= 0 || m <= 0 {
		return nil, damaged(io.ErrUnexpectedEOF)
	}
	start := offset + uint64(n+m)
	if keyLen > uint64(end)-start || valueLen > uint64(end)-start-keyLen {
		return nil, damaged(io.ErrUnexpectedEOF)
	}
	if keyLen != uint64(len(key)) || string(head[n+m:n+m+len(key)]) != key {
		return nil, ErrNoRecord
	}
	value := make([]byte, valueLen)
	if _, err := b.r.ReadAt(value, int64(start+keyLen)); err != nil {
		return nil, damaged(err)
	}
	return value, nil
}
