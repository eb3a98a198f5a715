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
	return p
}

func (p *themePage) read(n *html.Node, base *url.URL) {
	if n.Type == html.TextNode {
		p.words = append(p.words, strings.Fields(n.Data)...)
	}
	if n.Type == html.ElementNode {
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
	if page.title != "A b" || strings.Join(page.words, " ") != "One two x y z" || strings.Join(page.links, " ") != "/a/c/ /d" || strings.Join(page.headings, ",") != "h2 One two" || page.redirect {
		t.Errorf("%+v", page)
	}
	if !readPage([]byte(`<meta http-equiv="Refresh" content="0; url=/x">`), "/").redirect {
		t.Error("a redirect is none")
	}
	if got := difference([]string{"a", "b"}, []string{"a"}); got != `"b" in Hugo is "(end)"` {
		t.Error(got)
	}
}
