package deployment

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// The limits of the schema for images in the platform's CLI.
const (
	mostSizes          = 50
	mostQualities      = 20
	mostDomains        = 50
	mostRemotePatterns = 50
	mostLocalPatterns  = 25
	longestImageText   = 256
	longestTTL         = 315360000 // ten years, in seconds
)

var imageFormats = []string{"image/avif", "image/webp", "image/jpeg", "image/png"}

// decodeImages decodes the configuration of /_vercel/image.
func decodeImages(d *strictyaml.Document, into **buildoutput.Images) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag == "!!null" {
			return
		}
		images := &buildoutput.Images{}
		d.Fields(n, "images", strictyaml.Fields{
			"sizes":               decodeInts(d, &images.Sizes, "sizes", mostSizes, 1, 1<<16, "write the widths in pixels that may be asked for, such as [320, 640, 1280]"),
			"qualities":           decodeInts(d, &images.Qualities, "qualities", mostQualities, 1, 100, "write percentages, such as [50, 75]"),
			"domains":             decodeTexts(d, &images.Domains, "domains", mostDomains),
			"formats":             decodeFormats(d, &images.Formats),
			"remotePatterns":      decodePatterns(d, &images.RemotePatterns, "remotePatterns", mostRemotePatterns, true),
			"localPatterns":       decodePatterns(d, &images.LocalPatterns, "localPatterns", mostLocalPatterns, false),
			"dangerouslyAllowSVG": d.Bool(&images.DangerouslyAllowSVG),
			"minimumCacheTTL": func(n *yaml.Node) {
				seconds := 0
				decodeIn(d, &seconds, "minimumCacheTTL", 1, longestTTL, "write seconds, at least 1")(n)
				if seconds > 0 {
					images.MinimumCacheTTL = &seconds
				}
			},
			"contentSecurityPolicy":  decodeText(d, &images.ContentSecurityPolicy, "contentSecurityPolicy"),
			"contentDispositionType": decodeChoice(d, &images.ContentDispositionType, "contentDispositionType", "inline", "attachment"),
		})
		if strictyaml.Find(n, "sizes") == n {
			d.Errorf(n, "add a line such as `sizes: [320, 640, 1280]`", "images has no sizes: no image could be asked for")
		}
		*into = images
	}
}

// decodeInts decodes a list of numbers, which must not be empty.
func decodeInts(d *strictyaml.Document, into *[]int, what string, most, least, greatest int, advice string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Items(n, what, advice, func(item *yaml.Node) {
			number := 0
			decodeIn(d, &number, "an item of "+what, least, greatest, advice)(item)
			*into = append(*into, number)
		})
		if n.Kind == yaml.SequenceNode && (len(*into) == 0 || len(*into) > most) {
			d.Errorf(n, advice, "%s has %d items: it must be from 1 to %d", what, len(*into), most)
		}
	}
}

// decodeTexts decodes a list of short texts.
func decodeTexts(d *strictyaml.Document, into *[]string, what string, most int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Items(n, what, "write a list such as [example.com]", func(item *yaml.Node) {
			var text string
			decodeText(d, &text, "an item of "+what)(item)
			*into = append(*into, text)
		})
		if len(*into) > most {
			d.Errorf(n, "remove some", "%s has more than %d items", what, most)
		}
	}
}

func decodeText(d *strictyaml.Document, into *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.String(into)(n)
		if length := utf8.RuneCountInString(*into); n.Kind == yaml.ScalarNode && (length == 0 || length > longestImageText) {
			d.Errorf(n, "shorten it, or leave it out", "%s has %d characters: it must be from 1 to %d", what, length, longestImageText)
		}
	}
}

// decodeChoice decodes one of a few texts.
func decodeChoice(d *strictyaml.Document, into *string, what string, choices ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.String(into)(n)
		if n.Kind == yaml.ScalarNode && !slices.Contains(choices, *into) {
			d.Errorf(n, "write "+strings.Join(choices, " or "), "%s cannot be %q", what, *into)
		}
	}
}

func decodeFormats(d *strictyaml.Document, into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Items(n, "formats", "write a list such as [image/avif, image/webp]", func(item *yaml.Node) {
			var format string
			decodeChoice(d, &format, "a format", imageFormats...)(item)
			*into = append(*into, format)
		})
	}
}

// decodePatterns decodes what allows images: those of other hosts by any part of their address, own ones by path and query.
func decodePatterns(d *strictyaml.Document, into *[]buildoutput.ImagePattern, what string, most int, remote bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		advice := "write a list, each item with `pathname:`"
		if remote {
			advice = "write a list, each item with `hostname:`"
		}
		d.Items(n, what, advice, func(item *yaml.Node) {
			var pattern buildoutput.ImagePattern
			fields := strictyaml.Fields{
				"pathname": decodeText(d, &pattern.Pathname, "pathname"),
				"search": func(n *yaml.Node) {
					pattern.Search = new(string)
					d.String(pattern.Search)(n)
				},
			}
			if remote {
				fields["protocol"] = decodeChoice(d, &pattern.Protocol, "protocol", "https", "http")
				fields["hostname"] = decodeText(d, &pattern.Hostname, "hostname")
				fields["port"] = d.String(&pattern.Port)
			}
			d.Fields(item, fmt.Sprintf("an item of %s", what), fields)
			if remote && pattern.Hostname == "" {
				d.Errorf(item, "add a line such as `hostname: images.example.com`", "this pattern has no hostname")
			}
			*into = append(*into, pattern)
		})
		if len(*into) > most {
			d.Errorf(n, "remove some", "%s has more than %d items", what, most)
		}
	}
}
