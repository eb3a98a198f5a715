package render

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

type timeNamespace struct{ t *templates }

// Now is the time of the render, which the build and the function are given. A page that asks for it depends on it.
func (n timeNamespace) Now() time.Time {
	n.t.timed = true
	return n.t.time
}

// call is time as a function: the namespace without arguments, else a point in time.
func (n timeNamespace) call(args ...any) (any, error) {
	if len(args) == 0 {
		return n, nil
	}
	return n.AsTime(args...)
}

// AsTime reads a date. Names of zones are not known: a function may run where nothing is known of them.
func (n timeNamespace) AsTime(args ...any) (time.Time, error) {
	if len(args) != 1 {
		return time.Time{}, errors.New("time takes one date, with its offset if it is not in UTC")
	}
	return toTime(args[0])
}

func toTime(value any) (time.Time, error) {
	switch v := value.(type) {
	case time.Time:
		return v, nil
	case nil:
		return time.Time{}, errors.New("there is no date")
	case string:
		return strictyaml.ParseTime(v)
	}
	seconds, err := toInt(value)
	return time.Unix(seconds, 0).UTC(), err
}

// namedLayouts are Hugo's names for formats that depend on the language; here they are those of English.
var namedLayouts = map[string]string{
	":date_full": "Monday, January 2, 2006", ":date_long": "January 2, 2006", ":date_medium": "Jan 2, 2006", ":date_short": "1/2/06",
	":time_full": "3:04:05 pm MST", ":time_long": "3:04:05 pm MST", ":time_medium": "3:04:05 pm", ":time_short": "3:04 pm",
}

// Format writes a time in the way of Go's layouts.
func (timeNamespace) Format(layout string, value any) (string, error) {
	t, err := toTime(value)
	if named, ok := namedLayouts[strings.ToLower(layout)]; ok {
		layout = named
	}
	if err != nil {
		return "", fmt.Errorf("format %q: %w", layout, err)
	}
	return t.Format(layout), nil
}

// Duration is a number of units, such as "hour".
func (timeNamespace) Duration(unit string, count any) (time.Duration, error) {
	n, err := toFloat(count)
	if err != nil {
		return 0, err
	}
	size, ok := map[string]time.Duration{"nanosecond": 1, "ns": 1, "microsecond": time.Microsecond, "us": time.Microsecond, "µs": time.Microsecond,
		"millisecond": time.Millisecond, "ms": time.Millisecond, "second": time.Second, "s": time.Second, "minute": time.Minute, "m": time.Minute,
		"hour": time.Hour, "h": time.Hour}[strings.ToLower(unit)]
	if !ok {
		return 0, fmt.Errorf("there is no unit %q: write hour, minute, second or millisecond", unit)
	}
	return time.Duration(n * float64(size)), nil
}

func (timeNamespace) ParseDuration(text any) (time.Duration, error) {
	return time.ParseDuration(toString(text))
}
