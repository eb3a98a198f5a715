package isr

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"net/http"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// An entry in a store is a line with the format's name, a checksum of all that follows, the length of a head, the head as JSON,
// and the body as it is. Numbers have four bytes, the most significant first.
const entryFormat = "isrgen entry 1\n"

type entryHead struct {
	Key       Key
	Status    int
	Header    http.Header
	Began     time.Time
	Generated time.Time
	Never     bool
	Seconds   int
	Fallback  bool
	Retry     time.Time

	Invalidated, Deleted bool
}

var checksums = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged is what [DecodeEntry] says of bytes that are not an entry as it was encoded.
var ErrDamaged = errors.New("isr: the entry is damaged, or of another version")

// EncodeEntry gives an entry as bytes, for a store.
func EncodeEntry(key Key, e *Entry) ([]byte, error) {
	head, err := json.Marshal(entryHead{key, e.Status, e.Header, e.Began, e.Generated, e.Lifetime.Never, e.Lifetime.Seconds, e.Fallback, e.Retry, e.Invalidated, e.Deleted})
	if err != nil {
		return nil, err
	}
	const before = len(entryFormat) + 4
	text := make([]byte, 0, before+4+len(head)+len(e.Body))
	text = append(text, entryFormat...)
	text = binary.BigEndian.AppendUint32(text, 0)
	text = binary.BigEndian.AppendUint32(text, uint32(len(head)))
	text = append(text, head...)
	text = append(text, e.Body...)
	binary.BigEndian.PutUint32(text[len(entryFormat):], crc32.Checksum(text[before:], checksums))
	return text, nil
}

// DecodeEntry reads what [EncodeEntry] gave, and refuses anything else. The entry shares the text's memory.
func DecodeEntry(text []byte) (Key, *Entry, error) {
	rest, ok := bytes.CutPrefix(text, []byte(entryFormat))
	if !ok || len(rest) < 8 || binary.BigEndian.Uint32(rest) != crc32.Checksum(rest[4:], checksums) {
		return Key{}, nil, ErrDamaged
	}
	length := int64(binary.BigEndian.Uint32(rest[4:]))
	rest = rest[8:]
	var head entryHead
	if length > int64(len(rest)) || json.Unmarshal(rest[:length], &head) != nil {
		return Key{}, nil, ErrDamaged
	}
	return head.Key, &Entry{
		Response: Response{Status: head.Status, Header: head.Header, Body: rest[length:]},
		Began:    head.Began, Generated: head.Generated,
		Lifetime: buildoutput.Expiration{Never: head.Never, Seconds: head.Seconds},
		Fallback: head.Fallback, Retry: head.Retry, Invalidated: head.Invalidated, Deleted: head.Deleted,
	}, nil
}
