package content

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A bundle is a file of named records that is opened in constant time and read at random: how a function carries a site.
//
//	record…    lengths of key, of value as it is stored, and of value as it was before compression, as varints; key, value
//	table      slots of 16 bytes: hash of the key, offset of the record; an offset of 0 is an empty slot
//	footer     magic, offset of the table, number of slots (a power of two), number of records
//
// A value whose third length is 0 is stored as it is. Any other is a frame of zstd, which may need the value of the record with
// the empty key as its dictionary.
//
// A key's slot is its hash modulo the number of slots, or the next free one after it. The table is at most half full, so
// that a look-up reads one stretch of the table and one record, however many there are.
const (
	bundleMagic = "isrgen\x00\x02"
	slotSize    = 16
	footerSize  = 8 + 3*8
	probe       = 8 // slots read at a time

	dictionaryKey = ""
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

// Bundle reads a bundle. It may be used by several goroutines.
type Bundle struct {
	r     io.ReaderAt
	table int64
	slots uint64

	decoder func() (*zstd.Decoder, error) // made when the first compressed record is read
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
	b := &Bundle{r: r, table: int64(table), slots: slots}
	b.decoder = sync.OnceValues(b.newDecoder)
	return b, nil
}

func (b *Bundle) newDecoder() (*zstd.Decoder, error) {
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostValue)}
	switch dictionary, length, err := b.find(dictionaryKey); {
	case err == nil && length != 0:
		return nil, errors.New("bundle: the dictionary is damaged")
	case err == nil:
		options = append(options, zstd.WithDecoderDictRaw(dictionaryID, dictionary))
	case !errors.Is(err, ErrNoRecord):
		return nil, err
	}
	return zstd.NewReader(nil, options...)
}

// Get returns the record with this key, or [ErrNoRecord].
func (b *Bundle) Get(key string) ([]byte, error) {
	value, length, err := b.find(key)
	if err != nil || length == 0 {
		return value, err
	}
	if value, err = b.decompress(value, length); err != nil {
		return nil, damaged(key, err)
	}
	return value, nil
}

// find returns the value of a record as it is stored, and its length before compression, 0 for none.
func (b *Bundle) find(key string) (value []byte, length uint64, err error) {
	hash := hashKey(key)
	buf := make([]byte, probe*slotSize)
	for i, seen := hash&(b.slots-1), uint64(0); seen < b.slots; {
		n := min(probe, b.slots-i)
		chunk := buf[:n*slotSize]
		if _, err := b.r.ReadAt(chunk, b.table+int64(i*slotSize)); err != nil {
			return nil, 0, fmt.Errorf("bundle: %w", err)
		}
		for ; len(chunk) > 0; chunk = chunk[slotSize:] {
			offset := binary.LittleEndian.Uint64(chunk[8:])
			if offset == 0 {
				return nil, 0, ErrNoRecord
			}
			if binary.LittleEndian.Uint64(chunk) != hash {
				continue
			}
			if value, length, err := b.record(key, offset); !errors.Is(err, ErrNoRecord) {
				return value, length, err
			}
		}
		i, seen = (i+n)&(b.slots-1), seen+n
	}
	return nil, 0, ErrNoRecord
}

// record reads the record at an offset, if it has this key.
func (b *Bundle) record(key string, offset uint64) (value []byte, length uint64, err error) {
	end := b.table
	if offset >= uint64(end) {
		return nil, 0, damaged(key, io.ErrUnexpectedEOF)
	}
	head := make([]byte, min(int64(3*binary.MaxVarintLen64+len(key)+readAhead), end-int64(offset)))
	if _, err := b.r.ReadAt(head, int64(offset)); err != nil {
		return nil, 0, damaged(key, err)
	}
	var lengths [3]uint64 // of key, of value as stored, and of value
	size := 0
	for i := range lengths {
		n := 0
		if lengths[i], n = binary.Uvarint(head[size:]); n <= 0 {
			return nil, 0, damaged(key, io.ErrUnexpectedEOF)
		}
		size += n
	}
	keyLen, stored, start := lengths[0], lengths[1], offset+uint64(size)
	if keyLen > uint64(end)-start || stored > uint64(end)-start-keyLen {
		return nil, 0, damaged(key, io.ErrUnexpectedEOF)
	}
	if keyLen != uint64(len(key)) || string(head[size:size+len(key)]) != key {
		return nil, 0, ErrNoRecord
	}
	if value = head[size+len(key):]; stored <= uint64(len(value)) {
		return value[:stored:stored], lengths[2], nil
	}
	value = make([]byte, stored)
	if _, err := b.r.ReadAt(value, int64(start+keyLen)); err != nil {
		return nil, 0, damaged(key, err)
	}
	return value, lengths[2], nil
}

// readAhead is what most records of pages and lists have at most, which are read at once.
const readAhead = 512

func damaged(key string, err error) error {
	return fmt.Errorf("bundle: record of %q is damaged: %w", key, err)
}

// What a value can be at most, and what is made room for before one is decompressed, whose length may be damaged.
const (
	mostValue     = 1 << 30
	mostExpansion = 64
)

func (b *Bundle) decompress(value []byte, length uint64) ([]byte, error) {
	decoder, err := b.decoder()
	if err != nil {
		return nil, err
	}
	if value, err = decoder.DecodeAll(value, make([]byte, 0, min(length, mostExpansion*uint64(len(value))))); err != nil {
		return nil, err
	}
	if uint64(len(value)) != length {
		return nil, io.ErrUnexpectedEOF
	}
	return value, nil
}

// AddJSON adds a value as a record.
func AddJSON(w interface {
	Add(key string, value []byte) error
}, key string, value any) error {
	record, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return w.Add(key, record)
}

// GetJSON reads the value of a record, numbers of any type as [json.Number].
func (b *Bundle) GetJSON(key string, into any) error {
	record, err := b.Get(key)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(record))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
