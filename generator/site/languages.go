package site

import (
	"cmp"
	"slices"

	"github.com/isrgen/isrgen/generator/content"
)

// languages are builders for the pages of each language, that of the default first, or one for a site that has none. They share what is
// of all.
func (b *builder) languages(tree *content.Tree) []*builder {
	if len(b.config.Languages) == 0 {
		b.documents, b.origins = tree.Documents, tree.Origins
		return []*builder{b}
	}
	byLanguage := map[string][]*content.Document{}
	for _, doc := range tree.Documents {
		key := cmp.Or(doc.Language, b.config.DefaultLanguage)
		byLanguage[key] = append(byLanguage[key], doc)
	}
	var all []*builder
	for _, language := range b.config.Languages {
		in := newBuilder(b.config.In(language.Key), b.diags, 0)
		in.documents, in.pages, in.folded, in.lists = byLanguage[language.Key], b.pages, b.folded, b.lists
		if language.Key == b.config.DefaultLanguage {
			in.origins = tree.Origins
			all = slices.Insert(all, 0, in)
		} else {
			all = append(all, in)
		}
	}
	return all
}

// merge makes of the builders of all languages one for what belongs to none.
func merge(languages []*builder) *builder {
	whole := *languages[0]
	for _, b := range languages[1:] {
		whole.all = append(whole.all, b.all...)
		whole.hidden = append(whole.hidden, b.hidden...)
	}
	return &whole
}

// translate tells pages of their translations: those whose files have the same place, or whose front matter has the same key, and
// lists of the same terms.
func translate(languages []*builder) {
	if len(languages) == 1 {
		return
	}
	same := map[string][]*Page{}
	var keys []string
	for _, language := range languages[0].config.Languages { // by weight
		b := languages[slices.IndexFunc(languages, func(b *builder) bool { return b.config.Language.Key == language.Key })]
		for _, page := range b.byPath() {
			key := b.translationKey(page)
			if key == "" || slices.ContainsFunc(same[key], func(other *Page) bool { return other.Language == page.Language }) {
				continue
			}
			if same[key] == nil {
				keys = append(keys, key)
			}
			same[key] = append(same[key], page)
		}
	}
	for _, key := range keys {
		for _, page := range same[key] {
			for _, other := range same[key] {
				if other != page {
					page.Translations = append(page.Translations, other.Path)
				}
			}
		}
	}
}

// translationKey is what the translations of a page have in common, empty for a page that has none.
func (b *builder) translationKey(page *Page) string {
	switch page.Kind {
	case KindNotFound, KindMethodNotAllowed, KindOutput:
		return ""
	case KindHome:
		return "home"
	}
	without := trimSlash(page.Path[min(len(page.Path), len(b.config.Language.Prefix)):])
	switch {
	case page.Origin != "":
		return ""
	case page.Kind == KindTaxonomy, page.Kind == KindTerm:
		return "list " + without
	case page.doc != nil && page.doc.TranslationKey != "":
		return "key " + page.Section + " " + page.doc.TranslationKey
	case page.doc != nil:
		return "file " + logical(page.doc.Path)
	}
	return "file " + without
}
