package source

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// entry is one entry of a feed. Its text is HTML.
type entry struct {
	title, link, id    string
	text               string
	author             string
	published, updated time.Time // zero where the feed does not say
	categories         []string
}

// errNoFeed says that a file is neither RSS nor Atom.
var errNoFeed = errors.New("neither RSS nor Atom")

// readFeed reads RSS 0.9 to 2.0, which differ in where the items are, and Atom 1.0. Libraries for this bring tables of all
// alphabets that there were before UTF-8, a tenth of the size of a function.
//
// Source: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec, RFC 4287.
func readFeed(file []byte) ([]entry, error) {
	decoder := xml.NewDecoder(bytes.NewReader(file))
	decoder.Strict = false
	decoder.Entity = xml.HTMLEntity
	decoder.CharsetReader = toUTF8
	var feed element
	if err := decoder.Decode(&feed); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoFeed, err)
	}
	var entries []entry
	switch feed.XMLName.Local {
	case "rss", "RDF":
		within := feed.Children
		for _, channel := range feed.Children {
			if channel.XMLName.Local == "channel" {
				within = append(within, channel.Children...)
			}
		}
		for _, item := range within {
			if item.XMLName.Local == "item" {
				entries = append(entries, item.rssEntry())
			}
		}
	case "feed":
		for _, e := range feed.all("", "entry") {
			entries = append(entries, e.atomEntry())
		}
	default:
		return nil, errNoFeed
	}
	return entries, nil
}

// toUTF8 reads the two other encodings that feeds still have. What UTF-8 does not know is replaced when the text is cleaned.
func toUTF8(charset string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf8", "us-ascii", "ascii":
		return r, nil
	case "iso-8859-1", "latin1", "windows-1252":
		file, err := io.ReadAll(r)
		runes := make([]rune, len(file))
		for i, b := range file {
			runes[i] = windows1252(b)
		}
		return strings.NewReader(string(runes)), err
	}
	return nil, fmt.Errorf("the encoding %s: feeds are read in UTF-8, ISO-8859-1 and Windows-1252", charset)
}

// windows1252 is a byte as a rune. ISO-8859-1 has control characters from 0x80 to 0x9f, which nobody means.
func windows1252(b byte) rune {
	const from0x80 = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ"
	if b >= 0x80 && b <= 0x9f {
		return []rune(from0x80)[b-0x80]
	}
	return rune(b)
}

// element is an element of XML with all that is in it.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Inner    string     `xml:",innerxml"`
	Children []element  `xml:",any"`
}

// Vocabularies that items of RSS borrow from.
const (
	dublinCore  = "http://purl.org/dc/elements/1.1/"
	fullContent = "http://purl.org/rss/1.0/modules/content/"
	atom        = "http://www.w3.org/2005/Atom"
)

// all are the elements directly in this one with a name, by default of its own vocabulary: an item may have a title for its
// picture too.
func (e *element) all(vocabulary, name string) []element {
	var found []element
	for _, child := range e.Children {
		if child.XMLName == (xml.Name{Space: cmp.Or(vocabulary, e.XMLName.Space), Local: name}) {
			found = append(found, child)
		}
	}
	return found
}

// first is the first of these, else an empty one.
func (e *element) first(vocabulary, name string) *element {
	for _, child := range e.all(vocabulary, name) {
		return &child
	}
	return &element{}
}

func (e *element) attr(name string) string {
	for _, attr := range e.Attrs {
		if attr.Name.Local == name && attr.Name.Space == "" {
			return strings.TrimSpace(attr.Value)
		}
	}
	return ""
}

// html is the text where it is HTML, and its markup where it has elements.
func (e *element) html() string {
	if len(e.Children) > 0 {
		return strings.TrimSpace(e.Inner)
	}
	return strings.TrimSpace(e.Text)
}

func (e *element) rssEntry() entry {
	made := entry{
		title: plain(e.first("", "title").Text), link: plain(e.first("", "link").Text), id: plain(e.first("", "guid").Text),
		text:      cmp.Or(e.first(fullContent, "encoded").html(), e.first("", "description").html()),
		author:    plain(cmp.Or(e.first(dublinCore, "creator").Text, rssAuthor(e.first("", "author").Text))),
		published: readTime(cmp.Or(e.first("", "pubDate").Text, e.first(dublinCore, "date").Text)),
		updated:   readTime(cmp.Or(e.first(atom, "updated").Text, e.first(dublinCore, "date").Text)),
	}
	for _, category := range append(e.all("", "category"), e.all(dublinCore, "subject")...) {
		made.categories = append(made.categories, plain(category.Text))
	}
	return made
}

// rssAuthor takes the name out of "ana@example.com (Ana)".
func rssAuthor(text string) string {
	if _, name, found := strings.Cut(text, "("); found {
		return strings.TrimSuffix(strings.TrimSpace(name), ")")
	}
	return text
}

func (e *element) atomEntry() entry {
	made := entry{
		title: plain(e.first("", "title").Text), id: plain(e.first("", "id").Text),
		text:      cmp.Or(e.first("", "content").atomHTML(), e.first("", "summary").atomHTML()),
		author:    plain(e.first("", "author").first("", "name").Text),
		published: readTime(cmp.Or(e.first("", "published").Text, e.first("", "updated").Text)), updated: readTime(e.first("", "updated").Text),
	}
	for _, link := range e.all("", "link") {
		if rel := link.attr("rel"); rel == "" || rel == "alternate" {
			made.link = cmp.Or(made.link, link.attr("href"))
		}
	}
	for _, category := range e.all("", "category") {
		made.categories = append(made.categories, plain(category.attr("term")))
	}
	return made
}

// atomHTML is a text of Atom: HTML as text, XHTML in a div that does not count, or plain text.
func (e *element) atomHTML() string {
	switch kind := e.attr("type"); {
	case kind == "xhtml" && len(e.Children) == 1:
		return strings.TrimSpace(e.Children[0].Inner)
	case kind == "html" || kind == "text/html" || len(e.Children) > 0:
		return e.html()
	}
	return html.EscapeString(strings.TrimSpace(e.Text))
}

// plain is a short text without the references to characters that many feeds escape twice.
func plain(text string) string { return strings.TrimSpace(html.UnescapeString(text)) }

// readTime reads the date of a feed, zero if it is none. Those of RSS are as in mail, with more mistakes.
func readTime(text string) time.Time {
	text = strings.TrimSpace(text)
	if _, after, found := strings.Cut(text, ","); found {
		text = strings.TrimSpace(after) // without the day of the week, which may be in any language
	}
	if before, found := strings.CutSuffix(text, " UT"); found {
		text = before + " UTC"
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02",
		"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04 -0700", "2 Jan 2006 15:04 MST",
		"2 January 2006 15:04:05 -0700", "2 Jan 06 15:04:05 -0700", "2 Jan 06 15:04:05 MST", "2 Jan 06 15:04 MST", "2 Jan 2006",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return inAmerica(t).UTC()
		}
	}
	return time.Time{}
}

// inAmerica gives the zones that RFC 822 names their offsets, which package time does not know.
func inAmerica(t time.Time) time.Time {
	name, offset := t.Zone()
	hours, known := map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}[name]
	if !known || offset != 0 {
		return t
	}
	return t.Add(-time.Duration(hours) * time.Hour)
}
