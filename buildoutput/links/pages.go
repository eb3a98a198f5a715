package links

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// collect gives the places of links to other sites by the address that they lead to, and how many pages it looked at.
func collect(output fs.FS) (found map[string][]Place, pages int, err error) {
	found = map[string][]Place{}
	err = fs.WalkDir(output, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !isPage(name) {
			return err
		}
		text, err := fs.ReadFile(output, name)
		if err != nil {
			return err
		}
		pages++
		collectPage(name, text, found)
		return nil
	})
	for _, places := range found {
		slices.SortFunc(places, comparePlaces)
	}
	return found, pages, err
}

// isPage says whether a file of an output is HTML that visitors get.
func isPage(name string) bool {
	extension := path.Ext(name)
	return (extension == ".html" || extension == ".htm") && (strings.HasPrefix(name, "static/") || strings.HasSuffix(name, ".prerender-fallback"+extension))
}

// attributes are where elements lead to, or load from.
var attributes = map[string]string{"a": "href", "area": "href", "audio": "src", "embed": "src", "iframe": "src", "img": "src", "link": "href",
	"script": "src", "source": "src", "track": "src", "video": "src"}

// collectPage adds the links of a page to other hosts than its own, which it names in its canonical address.
func collectPage(name string, text []byte, found map[string][]Place) {
	type link struct {
		address *url.URL
		at      int
	}
	var links []link
	own := ""
	tokens := html.NewTokenizer(bytes.NewReader(text))
	at := 0
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		begin := at
		at += len(tokens.Raw())
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := tokens.Token()
		address := target(token)
		switch {
		case address == nil:
		case token.Data == "link" && hasWord(attribute(token, "rel"), "canonical"):
			own = address.Host
		case token.Data == "link" && !loads(attribute(token, "rel")): // a hint for the browser
		default:
			links = append(links, link{address, begin})
		}
	}
	for _, l := range links {
		if l.address.Host != own {
			key := l.address.String()
			line := bytes.Count(text[:l.at], []byte("\n"))
			found[key] = append(found[key], Place{name, line + 1, l.at - bytes.LastIndexByte(text[:l.at], '\n')})
		}
	}
}

// target is where an element leads to on another site, without a place in the page there, nil for nowhere.
func target(token html.Token) *url.URL {
	name, ok := attributes[token.Data]
	if !ok {
		return nil
	}
	u, err := url.Parse(strings.TrimSpace(attribute(token, name)))
	if err != nil || u.Hostname() == "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	if u.Scheme == "" {
		u.Scheme = "https"
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	u.Host = strings.ToLower(u.Host)
	if u.Path == "" {
		u.Path = "/"
	}
	return u
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasWord(text, word string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(text)), word)
}

// loads says whether a link element with these relations needs what is at its address.
func loads(relations string) bool {
	return slices.ContainsFunc([]string{"stylesheet", "icon", "manifest", "modulepreload", "preload", "alternate"}, func(word string) bool {
		return hasWord(relations, word)
	})
}
