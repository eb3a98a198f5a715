package render

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/site"
)

// pageText is a page's own text, rendered once for each response that shows it.
type pageText struct {
	content   template.HTML
	summary   template.HTML
	truncated bool // there is more than the summary
	headings  []heading
	codes     *shortcodeText // nil for none
	plain     *string        // nil until somebody asks
	pure      bool           // nothing but the body is in it
	err       error
	busy      bool // it is being rendered
}

// text renders the text of a page, or returns what was rendered before.
func (p *Page) text() (*pageText, error) {
	if p.set.texts[p.path] == nil {
		text := &pageText{busy: true}
		p.set.texts[p.path] = text
		text.err = p.renderText(text)
		text.busy = false
	}
	text := p.set.texts[p.path]
	if text.busy {
		return nil, fmt.Errorf("the content of %s is asked for while it is being rendered", p.path)
	}
	return text, text.err
}

func (p *Page) renderText(text *pageText) error {
	body, err := p.set.site.Body(p.record())
	if err != nil {
		return err
	}
	config := p.set.site.Config().Markup
	if p.record().Format == content.HTML {
		text.ofHTML(string(body), config.SummaryLength)
		return nil
	}
	codes := &shortcodeText{page: p}
	if bytes.Contains(body, []byte("{{")) { // else the text is not copied
		source := ""
		if codes, source, err = p.expand(string(body)); err != nil {
			return err
		}
		body = []byte(source)
	}
	t := &target{base: p.record().Path, page: p, set: p.set, placeholder: codes.placeholder}
	markdown := p.set.renderer.markdown
	buffer := markdown.buffers.Get().(*bytes.Buffer)
	t.Buffer = *buffer
	defer func() { // but not t, which holds the page and all that it was rendered with
		*buffer = t.Buffer
		buffer.Reset()
		markdown.buffers.Put(buffer)
	}()
	if err := markdown.render(t, body); err != nil {
		return err
	}
	html := t.String()
	text.content = template.HTML(codes.fill(html))
	text.headings, text.codes = t.headings, codes
	text.pure = len(codes.outputs) == 0 && !p.set.renderer.Hooked && !t.looked
	summary, truncated := t.summary(html, config.SummaryLength)
	text.summary, text.truncated = template.HTML(codes.fill(summary)), truncated
	return nil
}

// ofHTML takes a text that a source gave as HTML. Its summary are its first words.
func (text *pageText) ofHTML(body string, words int) {
	if words == 0 {
		words = DefaultSummaryLength
	}
	text.content = template.HTML(body)
	all := strings.Fields(text.plainText())
	text.summary = template.HTML("<p>" + template.HTMLEscapeString(strings.Join(all[:min(words, len(all))], " ")) + "</p>")
	text.truncated = len(all) > words
}

// plainText is the text without tags.
func (text *pageText) plainText() string {
	if text.plain == nil {
		plain := plainify(withoutAnchors(string(text.content)))
		text.plain = &plain
	}
	return *text.plain
}

// contents links to the headings of the text.
func (text *pageText) contents(config site.Contents) template.HTML {
	list := tableOfContents(text.headings, config)
	if text.codes != nil {
		list = text.codes.fill(list)
	}
	return template.HTML(list)
}

// anchorLink is what a heading ends with.
var anchorLink = regexp.MustCompile(` <a class="anchor"[^>]*>#</a>`)

// withoutAnchors takes away what headings end with.
func withoutAnchors(html string) string {
	if !strings.Contains(html, `<a class="anchor"`) { // which costs less than to look for the pattern
		return html
	}
	return anchorLink.ReplaceAllString(html, "")
}

// DefaultSummaryLength is how many words an automatic summary has at least, as in Hugo.
const DefaultSummaryLength = 70

// summary is what stands before the author's mark, else all up to the end of the paragraph that has a number of words, without the
// links of headings to themselves. It says whether there is more.
func (t *target) summary(all string, words int) (string, bool) {
	if words == 0 {
		words = DefaultSummaryLength
	}
	if t.more >= 0 {
		return strings.TrimSpace(all[:t.more]), strings.TrimSpace(all[t.more:]) != ""
	}
	begin := 0
	for _, span := range t.paragraphs {
		for range strings.FieldsSeq(plainify(withoutAnchors(all[begin:span[1]]))) {
			words--
		}
		if begin = span[1]; words <= 0 {
			break
		}
	}
	if words > 0 {
		begin = len(all)
	}
	return strings.TrimSpace(withoutAnchors(all[:begin])), strings.TrimSpace(all[begin:]) != ""
}

// tableOfContents lists headings as Hugo does. A level that is skipped has an item without a text.
func tableOfContents(headings []heading, config site.Contents) string {
	first, last, list := config.StartLevel, config.EndLevel, "ul"
	if first == 0 {
		first = 2
	}
	if last == 0 {
		last = max(first, 3)
	}
	if config.Ordered {
		list = "ol"
	}
	var b strings.Builder
	b.WriteString(`<nav id="TableOfContents">`)
	level := first - 1
	for _, h := range headings {
		if h.level < first || h.level > last || h.id == "" {
			continue
		}
		for ; level > h.level; level-- {
			b.WriteString("</li></" + list + ">")
		}
		if level == h.level {
			b.WriteString("</li>\n<li>")
		}
		for ; level < h.level; level++ {
			b.WriteString("\n<" + list + ">\n<li>")
		}
		fmt.Fprintf(&b, `<a href="#%s">%s</a>`, template.HTMLEscapeString(escapeFragment(h.id)), h.text)
	}
	for ; level >= first; level-- {
		b.WriteString("</li>\n</" + list + ">\n")
	}
	b.WriteString("</nav>")
	return b.String()
}
