package render

import (
	"cmp"
	"slices"
	"strings"
)

// Language is a language of the site.
type Language struct {
	Name, Lang                   string // the key, in a site of one language its code
	LanguageCode, Locale         string // the code, such as en-GB
	LanguageName, Label          string // what its speakers call it; the key where nobody says
	Direction, LanguageDirection string // ltr or rtl
	Weight                       int
	Params                       map[string]any // of the site in this language
}

// rightToLeft are the languages whose usual script runs from right to left.
var rightToLeft = []string{"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}

// LanguageCode is the language of the site, by default en.
func (s *Site) LanguageCode() string { return s.config().LanguageCode }

// Language is the language of the site.
func (s *Site) Language() Language {
	config := s.config()
	code, own := config.LanguageCode, config.Language
	direction := "ltr"
	if main, _, _ := strings.Cut(strings.ToLower(code), "-"); slices.Contains(rightToLeft, main) {
		direction = "rtl"
	}
	direction = cmp.Or(own.Direction, direction)
	lang := cmp.Or(own.Key, code)
	name := cmp.Or(own.Name, lang)
	return Language{Name: lang, Lang: lang, LanguageCode: code, Locale: code, LanguageName: name, Label: name, Direction: direction, LanguageDirection: direction,
		Weight: own.Weight, Params: config.Params}
}

// Sites is the site in each of its languages, by weight.
func (s *Site) Sites() []*Site {
	languages := s.set.site.Config().Languages
	if len(languages) == 0 {
		return []*Site{s}
	}
	all := make([]*Site, len(languages))
	for i, language := range languages {
		all[i] = &Site{s.set, language.Key}
	}
	return all
}

// Languages are the languages of the site, by weight.
func (s *Site) Languages() []Language {
	var all []Language
	for _, in := range s.Sites() {
		all = append(all, in.Language())
	}
	return all
}

// LanguagePrefix is what addresses of the language begin with, such as /de; empty for nothing.
func (s *Site) LanguagePrefix() string { return s.config().Language.Prefix }

// IsMultiLingual says whether the site has several languages.
func (s *Site) IsMultiLingual() bool { return len(s.Sites()) > 1 }

// language is the key of the page's language, empty in a site of one, whose pages need not be read for it.
func (p *Page) language() string {
	if p.set.renderer.configs == nil {
		return ""
	}
	return p.record().Language
}

// Language is the language of the page.
func (p *Page) Language() Language { return p.Site().Language() }

// Lang is the key of the page's language.
func (p *Page) Lang() string { return p.Language().Lang }

// IsTranslated says whether the page is there in other languages.
func (p *Page) IsTranslated() bool { return len(p.Translations()) > 0 }

// Translations are the same page in other languages, by weight.
func (p *Page) Translations() Pages {
	var pages Pages
	for _, path := range p.record().Translations {
		if page := p.set.there(path); page != nil {
			pages = append(pages, page)
		}
	}
	return pages
}

// AllTranslations are the page in all its languages, by weight.
func (p *Page) AllTranslations() Pages {
	all := append(Pages{p}, p.Translations()...)
	languages := p.set.site.Config().Languages
	place := func(page *Page) int {
		for i, language := range languages {
			if language.Key == page.language() {
				return i
			}
		}
		return 0
	}
	slices.SortStableFunc(all, func(x, y *Page) int { return cmp.Compare(place(x), place(y)) })
	return all
}

// TranslationKey is what the translations of the page have in common, where its front matter or its file says so.
func (p *Page) TranslationKey() string { return p.Path() }

// RelLangURL is RelURL, in the language of the page that is rendered.
func (n urlsNamespace) RelLangURL(path any) string { return n.inLanguage(n.RelURL(path)) }

// AbsLangURL is AbsURL, in the language of the page that is rendered.
func (n urlsNamespace) AbsLangURL(path any) string { return n.AbsURL(n.inLanguage(n.RelURL(path))) }

// inLanguage gives an address of the site the beginning of those of the language, unless it has it.
func (n urlsNamespace) inLanguage(address string) string {
	prefix := n.t.currentSite().LanguagePrefix()
	if prefix == "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || address == prefix || strings.HasPrefix(address, prefix+"/") {
		return address
	}
	return prefix + address
}
