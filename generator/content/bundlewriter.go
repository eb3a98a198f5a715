package content

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"runtime"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// BundleWriter writes a bundle. It must be closed, whatever went wrong before. Of each record 16 bytes stay in memory.
//
// Records that are added before [BundleWriter.Teach] are stored as they are: so should be those that a function reads when it starts.
type BundleWriter struct {
	w       *countingWriter
	slots   []slot
	encoder *zstd.Encoder // nil before there is a dictionary

	// While a batch is compressed and written, the next is collected.
	batch   []record
	size    int        // bytes in batch
	writing chan error // has one element when the batch before is written; nil if there was none
	failed  error
}

type slot struct{ hash, offset uint64 }

type record struct {
	key           string
	value, packed []byte // packed is nil where the value is stored as it is
}

type countingWriter struct {
	io.Writer
	n uint64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += uint64(n)
	return n, err
}

// A batch is written when it has so many records or bytes.
const (
	batchRecords = 512
	batchBytes   = 1 << 20
)

// NewBundleWriter begins a bundle on w, which should be buffered.
func NewBundleWriter(w io.Writer) (*BundleWriter, error) {
	b := &BundleWriter{w: &countingWriter{Writer: w}}
	_, err := io.WriteString(b.w, bundleMagic) // so that no record has offset 0
	return b, err
}

// dictionaryID is what frames say that need the dictionary.
const dictionaryID = 1

// A dictionary is as large as what a window of the fastest compression sees at once; a record of more than its share would leave
// no place for others.
const (
	dictionarySize = 32 << 10
	sampleSize     = 8 << 10
)

// Teach has the records that are added from now on compressed. Records are short and like each other: what they have in common is
// taken from samples, which become the dictionary. The same samples give the same bytes.
func (b *BundleWriter) Teach(samples [][]byte) error {
	var dictionary []byte
	for _, sample := range samples {
		sample = sample[:min(len(sample), sampleSize)]
		if len(dictionary)+len(sample) > dictionarySize {
			continue
		}
		dictionary = append(dictionary, sample...)
	}
	options := []zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0))}
	if len(dictionary) >= minDictionary {
		if err := b.Add(dictionaryKey, dictionary); err != nil {
			return err
		}
		options = append(options, zstd.WithEncoderDictRaw(dictionaryID, dictionary))
	}
	if err := errors.Join(b.flush(), b.wait()); err != nil { // before there is an encoder
		return err
	}
	var err error
	b.encoder, err = zstd.NewWriter(nil, options...)
	return err
}

// minDictionary is what is worth being one.
const minDictionary = 256

// Add appends a record, whose value must not change any more. Each key may be added once, and none may be empty. An error may be
// that of an earlier record.
func (b *BundleWriter) Add(key string, value []byte) error {
	b.batch = append(b.batch, record{key: key, value: value})
	b.size += len(value)
	if len(b.batch) < batchRecords && b.size < batchBytes {
		return b.failed
	}
	return b.flush()
}

// flush has the batch written, when the one before is.
func (b *BundleWriter) flush() error {
	if b.wait() != nil {
		return b.failed
	}
	batch := b.batch
	b.batch, b.size = nil, 0
	b.writing = make(chan error, 1)
	go func(writing chan<- error) { writing <- b.writeBatch(batch) }(b.writing)
	return nil
}

// wait waits for the batch that is being written, and returns the first error of all.
func (b *BundleWriter) wait() error {
	if b.writing != nil {
		b.failed = errors.Join(b.failed, <-b.writing)
		b.writing = nil
	}
	return b.failed
}

// writeBatch compresses records on all cores, since collecting the next ones takes less than one, and writes them in their order.
func (b *BundleWriter) writeBatch(batch []record) error {
	if b.encoder != nil {
		var next atomic.Int64
		var group errgroup.Group
		for range runtime.GOMAXPROCS(0) {
			group.Go(func() error {
				for i := next.Add(1) - 1; i < int64(len(batch)); i = next.Add(1) - 1 {
					batch[i].pack(b.encoder)
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	var header []byte
	for _, r := range batch {
		stored, length := r.value, 0
		if r.packed != nil {
			stored, length = r.packed, len(r.value)
		}
		b.slots = append(b.slots, slot{hashKey(r.key), b.w.n})
		header = binary.AppendUvarint(header[:0], uint64(len(r.key)))
		header = binary.AppendUvarint(header, uint64(len(stored)))
		header = binary.AppendUvarint(header, uint64(length))
		header = append(header, r.key...)
		if _, err := b.w.Write(header); err != nil {
			return err
		}
		if _, err := b.w.Write(stored); err != nil {
			return err
		}
	}
	return nil
}

// pack compresses the value, if that pays for the time to undo it.
func (r *record) pack(encoder *zstd.Encoder) {
	packed := encoder.EncodeAll(r.value, make([]byte, 0, len(r.value)/2+64))
	if len(packed) < len(r.value)-len(r.value)/8 {
		r.packed = packed
	}
}

// Close writes the table and the footer. It does not close the underlying writer.
func (b *BundleWriter) Close() error {
	if err := errors.Join(b.flush(), b.wait()); err != nil {
		return err
	}
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

// Size is how many bytes were written, once the writer is closed.
func (b *BundleWriter) Size() int64 { return int64(b.w.n) }
