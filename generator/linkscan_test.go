package generator

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/net/html"
)

// tokenized are the addresses in a page as a tokenizer of HTML finds them.
func tokenized(body []byte) []string {
	var links []string
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := tokens.Token()
		for _, a := range token.Attr {
			if a.Key == linkAttributes[token.Data] {
				if a.Val != "" {
					links = append(links, a.Val)
				}
				break
			}
		}
	}
	return links
}

func TestLinksAreThoseOfATokenizer(t *testing.T) {
	pages := [][]byte{
		[]byte(`<a href="/a&amp;b">x</a><A HREF='/c'>y</A><a href=/d>z</a><a class="x" href = "/e" href="/f"/><img src="/g.png" alt="a > b">`),
		[]byte(`<!-- <a href="/no"> --><script>if (a<b) "<a href='/no'>"</script><script src="/h.js"></script><style>a{}</style><a href="">`),
		[]byte(`<link rel=stylesheet href=/i.css><textarea><a href="/no"></textarea><title><a href="/no"></title><abbr href="/no"><a-b href="/no"><a`),
		[]byte(`a < b <> </a href="/no"> <a href="/j` + "\n" + `k"><source src=/l><iframe src="/m"></iframe><a data-href="/no" href="/n">`),
	}
	err := filepath.WalkDir("../testdata/golden", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" && entry.Type().IsRegular() {
			var text []byte
			if text, err = os.ReadFile(name); err == nil {
				pages = append(pages, text)
			}
		}
		return err
	})
	if err != nil || len(pages) < 20 {
		t.Fatal(len(pages), err)
	}
	for _, page := range pages {
		if got, want := slices.Collect(linksIn(page)), tokenized(page); !slices.Equal(got, want) {
			t.Errorf("the links of\n%s\nare %q, want %q", page, got, want)
		}
	}
}
