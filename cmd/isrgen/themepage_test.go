package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// themePage is what a reader has of a page.
type themePage struct {
	title    string
	words    []string
	links    []string
	headings []string
	redirect bool // it leads to another page at once

	text strings.Builder
}

// readPage reads the HTML of the page at an address.
func readPage(text []byte, address string) *themePage {
	p := &themePage{}
	document, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return p
	}
	base, _ := url.Parse("https://example.org" + address)
	p.read(document, base)
	p.words = strings.Fields(p.text.String())
	return p
}

// inline are the elements that do not end a word.
var inline = map[string]bool{"a": true, "abbr": true, "b": true, "bdi": true, "cite": true, "code": true, "del": true, "em": true, "i": true, "ins": true, "kbd": true,
	"mark": true, "q": true, "s": true, "small": true, "span": true, "strong": true, "sub": true, "sup": true, "time": true, "u": true, "var": true}

func (p *themePage) read(n *html.Node, base *url.URL) {
	if n.Type == html.TextNode {
		p.text.WriteString(n.Data)
	}
	if n.Type == html.ElementNode {
		if !inline[n.Data] {
			p.text.WriteByte(' ')
			defer p.text.WriteByte(' ')
		}
		switch n.Data {
		case "script", "style", "template", "noscript", "svg":
			return
		case "meta":
			p.redirect = p.redirect || strings.EqualFold(attribute(n, "http-equiv"), "refresh")
		case "title":
			p.title = textOf(n)
			return
		case "a":
			p.links = append(p.links, link(attribute(n, "href"), base))
		case "h1", "h2", "h3", "h4", "h5", "h6":
			p.headings = append(p.headings, n.Data+" "+textOf(n))
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.read(child, base)
	}
}

// textOf is the text in an element, with single spaces.
func textOf(n *html.Node) string {
	var words []string
	for below := range n.Descendants() {
		if below.Type == html.TextNode {
			words = append(words, below.Data)
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, "")), " ")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// link is where a link leads to: within the site the path alone.
func link(href string, base *url.URL) string {
	u, err := base.Parse(href)
	if err != nil || href == "" {
		return href
	}
	if u.Host == base.Host {
		u.Scheme, u.Host = "", ""
	}
	return u.String()
}

func TestReadPage(t *testing.T) {
	page := readPage([]byte(`<title> A  b</title><h2>One <em>two</em></h2><p>x <a href="../c/">y</a><a href="https://example.org/d">z</a><script>no</script>`), "/a/b/")
	if page.title != "A b" || strings.Join(page.words, " ") != "One two x yz" || strings.Join(page.links, " ") != "/a/c/ /d" || strings.Join(page.headings, ",") != "h2 One two" || page.redirect {
		t.Errorf("%+v", page)
	}
	if !readPage([]byte(`<meta http-equiv="Refresh" content="0; url=/x">`), "/").redirect {
		t.Error("a redirect is none")
	}
	if got := difference([]string{"a", "b"}, []string{"a"}); got != `"b" of Hugo is "(end)"` {
		t.Error(got)
	}
}
