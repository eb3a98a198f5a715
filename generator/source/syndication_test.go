package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// feeds are as people publish them.
var feeds = map[string]string{
	"RSS 2.0 of a blog": `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>A blog</title><atom:link href="https://x.example/feed" rel="self"/>
<item><title>One &amp; two</title><link>https://x.example/one/</link><dc:creator><![CDATA[Ana]]></dc:creator>
<pubDate>Fri, 02 Jan 2026 03:04:05 +0000</pubDate><category><![CDATA[bread]]></category><category>rye</category>
<guid isPermaLink="false">https://x.example/?p=1</guid><description><![CDATA[Short &#8230;]]></description>
<content:encoded><![CDATA[<p>Long, <em>with</em> markup.</p>]]></content:encoded><media:content url="a.jpg"><media:title>A picture</media:title></media:content></item>
<item><title>Without much</title><guid>https://x.example/two</guid><author>ben@x.example (Ben)</author><description>&lt;b&gt;Two&lt;/b&gt;</description></item>
</channel></rss>`,
	"RSS 1.0": `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://x.example"><title>Old</title></channel>
<item rdf:about="https://x.example/a"><title>A</title><link>https://x.example/a</link><dc:date>2026-01-02T03:04:05+01:00</dc:date>
<description>Text</description></item></rdf:RDF>`,
	"Atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>
<entry><title type="html">Less and more</title><id>urn:1</id><link rel="self" href="https://x.example/self"/><link href="https://x.example/first"/>
<author><name>Cem</name></author><updated>2026-01-03T00:00:00Z</updated><published>2026-01-02T00:00:00+02:00</published><category term="news"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>In <b>XHTML</b></p></div></content></entry>
<entry><title>Second</title><id>https://x.example/second</id><updated>2026-01-03T00:00:00Z</updated><summary type="html">&lt;i&gt;short&lt;/i&gt;</summary></entry></feed>`,
	"an encoding of old": "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<rss version=\"2.0\"><channel><item><title>Caf\xe9 \x96 Br\xf6t</title>" +
		"<link>https://x.example/cafe</link><description>na\xefve</description></item></channel></rss>",
	"entities of HTML": `<rss version="2.0"><channel><item><title>Caf&eacute;</title><link>https://x.example/e</link><description>a &amp; b</description></item></channel></rss>`,
}

// TestReadFeedLikeOthers compares with a library of the same purpose what is read of a feed.
func TestReadFeedLikeOthers(t *testing.T) {
	for name, text := range feeds {
		got, err := readFeed([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs, err := gofeed.NewParser().ParseString(text)
		if err != nil {
			t.Fatal(err)
		}
		var want []entry
		for _, item := range theirs.Items {
			e := entry{title: item.Title, link: item.Link, id: item.GUID, text: item.Content, categories: item.Categories}
			if e.text == "" {
				e.text = item.Description
			}
			if len(item.Authors) > 0 {
				e.author = item.Authors[0].Name
			}
			if item.PublishedParsed != nil {
				e.published = item.PublishedParsed.UTC()
			}
			if item.UpdatedParsed != nil {
				e.updated = item.UpdatedParsed.UTC()
			}
			want = append(want, e)
		}
		if g, w := lines(got), lines(want); g != w {
			t.Errorf("%s is read as\n%s\nand by others as\n%s", name, g, w)
		}
	}
}

func lines(entries []entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprintf("%q", []any{e.title, e.link, e.id, e.text, e.author, e.published.Format(time.RFC3339),
			e.updated.Format(time.RFC3339), e.categories}))
	}
	return strings.Join(all, "\n")
}

func TestReadTime(t *testing.T) {
	want := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-01-02T03:04:00Z", "2026-01-02T05:04:00+02:00", "Fri, 02 Jan 2026 03:04:00 GMT", "Fri, 2 Jan 2026 03:04:00 +0000", "Fr, 02 Jan 2026 04:04 +0100",
		"Thu, 01 Jan 2026 22:04:00 EST", "Thu, 01 Jan 26 20:04 PDT", "2026-01-02 03:04:00", "02 Jan 2026 03:04 UT", " 2 January 2026 03:04:00 +0000 ",
	} {
		if got := readTime(text); !got.Equal(want) {
			t.Errorf("%s is %v", text, got)
		}
	}
	for _, text := range []string{"", "soon", "Fri,", "2026"} {
		if got := readTime(text); !got.IsZero() {
			t.Errorf("%s is %v", text, got)
		}
	}
}

// Plain text of Atom is text, whatever it looks like, and HTML in a title is read once more than the library does.
func TestReadFeedAtomTexts(t *testing.T) {
	got, err := readFeed([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">a &amp;lt; b</title><content>&lt;script></content></entry></feed>`))
	if err != nil || len(got) != 1 || got[0].title != "a < b" || got[0].text != "&lt;script&gt;" {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzReadFeed holds that any file is read or refused.
func FuzzReadFeed(f *testing.F) {
	for _, text := range feeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if entries, err := readFeed(file); err != nil && entries != nil {
			t.Errorf("%d entries and %v", len(entries), err)
		}
	})
}
