package images

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/bep/imagemeta"
)

// Exif are the EXIF data of a photograph.
type Exif struct {
	// Date is when it was taken, zero if it does not say so. Cameras do not know where they are: the time stands as if in UTC.
	Date time.Time `json:"date,omitzero"`

	// Lat and Long are where, in degrees; both 0 if it does not say so.
	Lat  float64 `json:"lat,omitempty"`
	Long float64 `json:"long,omitempty"`

	// Tags are the others by name: texts and numbers.
	Tags map[string]any `json:"tags,omitempty"`
}

// ReadExif reads the EXIF data of an image. One that has none, or damaged ones, has an empty set.
func ReadExif(source []byte) *Exif {
	exif := &Exif{Tags: map[string]any{}}
	format, ok := metaFormats[kindOf(source)]
	if !ok {
		return exif
	}
	tags, err := readTags(format, source)
	if err != nil {
		return exif
	}
	for name, tag := range tags.EXIF() {
		if value, ok := plain(tag.Value); ok {
			exif.Tags[name] = value
		}
	}
	for _, name := range []string{"DateTimeOriginal", "CreateDate", "ModifyDate"} {
		if text, ok := exif.Tags[name].(string); ok && exif.Date.IsZero() {
			exif.Date, _ = time.Parse("2006:01:02 15:04:05", text) // zero where it is no time
		}
	}
	exif.Lat, exif.Long = place(tags)
	return exif
}

// metaFormats are those whose EXIF data are read.
var metaFormats = map[string]imagemeta.ImageFormat{"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, webP: imagemeta.WebP, "image/tiff": imagemeta.TIFF}

func readTags(format imagemeta.ImageFormat, source []byte) (tags imagemeta.Tags, err error) {
	_, err = imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(source), ImageFormat: format, Sources: imagemeta.EXIF,
		HandleTag: func(tag imagemeta.TagInfo) error {
			tags.Add(tag)
			return nil
		}})
	return tags, err
}

// place is where a photograph was taken. The library takes it for granted that each tag has a value of its type.
func place(tags imagemeta.Tags) (lat, long float64) {
	defer func() {
		if recover() != nil {
			lat, long = 0, 0
		}
	}()
	lat, long, err := tags.GetLatLong()
	if err != nil || math.IsNaN(lat+long) || math.IsInf(lat+long, 0) {
		return 0, 0
	}
	return lat, long
}

// plain makes a text or a number of a tag's value. Lists and bytes are left out.
func plain(value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case uint8, uint16, uint32, int8, int16, int32, int:
		return v, true
	case float32:
		return plain(float64(v))
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case interface{ Float64() float64 }:
		return plain(v.Float64())
	case fmt.Stringer:
		return v.String(), true
	}
	return nil, false
}
