package content

import (
	"cmp"
	"regexp"
	"strconv"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// ISR is an `isr:` block: how a page is kept and renewed. A nil member is not set there and comes from the next block
// outwards: front matter, the sections' cascades from the nearest to the farthest, the first rule of the config that
// matches, the config's defaults.
type ISR struct {
	Revalidate *Revalidate `json:"revalidate,omitempty"`
	Defer      *bool       `json:"defer,omitempty"`
	Fallback   *Fallback   `json:"fallback,omitempty"`
	Group      *string     `json:"group,omitempty"`
	AllowQuery *[]string   `json:"allowQuery,omitempty"`

	// Place is where the block stands, for diagnostics.
	Place Place `json:"-"`
}

// Place is a position in a file of the site.
type Place struct {
	File         string
	Line, Column int
}

// Or returns the block with what it leaves open taken from outer.
func (i ISR) Or(outer ISR) ISR {
	place := i.Place
	if place.File == "" {
		place = outer.Place
	}
	return ISR{
		Revalidate: cmp.Or(i.Revalidate, outer.Revalidate),
		Defer:      cmp.Or(i.Defer, outer.Defer),
		Fallback:   cmp.Or(i.Fallback, outer.Fallback),
		Group:      cmp.Or(i.Group, outer.Group),
		AllowQuery: cmp.Or(i.AllowQuery, outer.AllowQuery),
		Place:      place,
	}
}

// Revalidate is how long a page is fresh: a number of seconds, or 0 for until somebody asks for a new one.
type Revalidate int

// OnDemand is `revalidate: false`: no time makes the page stale.
const OnDemand Revalidate = 0

// String gives the shortest way to write it, such as "90s", "1h" or "on demand".
func (r Revalidate) String() string {
	if r == OnDemand {
		return "on demand"
	}
	for _, unit := range units {
		if size := Revalidate(unit.size / time.Second); r%size == 0 {
			return strconv.Itoa(int(r/size)) + unit.name
		}
	}
	return strconv.Itoa(int(r)) + "s"
}

var units = []struct {
	name string
	size time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// Fallback is what a visitor gets who asks for a page that the cache does not hold.
type Fallback string

const (
	FallbackPrebuilt Fallback = "prebuilt"  // the page as the build rendered it
	FallbackBlocking Fallback = "blocking"  // the page, after a wait
	FallbackNotFound Fallback = "not-found" // 404, until somebody with the token asks for the page
)

// DecodeISR returns the decoder of an `isr:` block.
func DecodeISR(d *strictyaml.Document, into *ISR) func(*yaml.Node) {
	return func(n *yaml.Node) {
		into.Place = Place{d.File, d.LinesBefore + n.Line, n.Column}
		d.Fields(n, "isr", ISRFields(d, into))
	}
}

// ISRFields are the keys of an `isr:` block.
func ISRFields(d *strictyaml.Document, into *ISR) strictyaml.Fields {
	return strictyaml.Fields{
		"revalidate": decodeRevalidate(d, &into.Revalidate),
		"defer":      pointer(d.Bool, &into.Defer),
		"fallback":   decodeFallback(d, &into.Fallback),
		"group":      pointer(d.String, &into.Group),
		"allowQuery": decodeAllowQuery(d, &into.AllowQuery),
	}
}

// pointer adapts a decoder to a member that may be unset.
func pointer[T any](decode func(*T) func(*yaml.Node), into **T) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*into = new(T)
		decode(*into)(n)
	}
}

var durationPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([1-9][0-9]{0,8})(w|d|h|m|s)?$`) })

// longestRevalidate keeps seconds in a 32-bit number and is longer than any deployment lives.
const longestRevalidate = 10 * 365 * 24 * time.Hour

// DecodeRevalidate returns the decoder of a time for which something is fresh.
func DecodeRevalidate(d *strictyaml.Document, into *Revalidate) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var r *Revalidate
		if decodeRevalidate(d, &r)(n); r != nil {
			*into = *r
		}
	}
}

func decodeRevalidate(d *strictyaml.Document, into **Revalidate) func(*yaml.Node) {
	const forms = "write seconds (60), a duration (90s, 10m, 1h, 1d, 1w), or false for on demand only"
	return func(n *yaml.Node) {
		if n.Tag == "!!bool" && n.Value == "false" {
			*into = new(OnDemand)
			return
		}
		m := durationPattern().FindStringSubmatch(n.Value)
		switch {
		case n.Value == "0":
			d.Errorf(n, "for a page without a time limit write false; a page rendered at each request is not ISR",
				"revalidate: 0 is not possible")
		case n.Kind != yaml.ScalarNode || m == nil:
			d.Errorf(n, forms, "revalidate cannot be %q", n.Value)
		default:
			count, _ := strconv.Atoi(m[1])
			length := time.Duration(count) * unitSize(m[2])
			if length > longestRevalidate || length < 0 {
				d.Errorf(n, "write false, or at most 520w", "revalidate: %s is too long", n.Value)
				return
			}
			*into = new(Revalidate(length / time.Second))
		}
	}
}

func unitSize(name string) time.Duration {
	for _, unit := range units {
		if unit.name == name {
			return unit.size
		}
	}
	return time.Second
}

func decodeFallback(d *strictyaml.Document, into **Fallback) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch f := Fallback(n.Value); f {
		case FallbackPrebuilt, FallbackBlocking, FallbackNotFound:
			*into = &f
		default:
			d.Errorf(n, "write prebuilt, blocking or not-found", "fallback cannot be %q", n.Value)
		}
	}
}

var queryName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.~-]{1,64}$`) })

func decodeAllowQuery(d *strictyaml.Document, into **[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var names []string
		d.Strings(&names)(n)
		for _, name := range names {
			switch {
			case name == PathParameter:
				d.Errorf(n, "choose another name", "allowQuery: %s is a name that isrgen itself uses", name)
				return
			case !queryName().MatchString(name):
				d.Errorf(n, "write names of letters, digits, - _ . ~", "allowQuery: %q is not the name of a parameter", name)
				return
			}
		}
		if names == nil {
			names = []string{}
		}
		*into = &names
	}
}

// PathParameter is the query parameter that carries a deferred page's path to the function. Routes strip it from
// what visitors send.
const PathParameter = "__isrgen_path"
