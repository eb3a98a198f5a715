package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/isrgen/isrgen/generator/site"
)

// functions are the functions of templates besides those of Go, under Hugo's names. Those with a namespace are methods of it:
// strings.ToUpper is the method ToUpper of what the function strings returns.
func (t *templates) functions() template.FuncMap {
	var (
		text        = stringsNamespace{t.renderer.expressions}
		collections collectionsNamespace
		numbers     mathNamespace
		compare     compareNamespace
		cast        castNamespace
		safe        safeNamespace
		encoding    encodingNamespace
		crypto      cryptoNamespace
		inflect     inflectNamespace
		urls        = urlsNamespace{t}
		times       = timeNamespace{t}
		transform   = transformNamespace{t}
		printing    = fmtNamespace{t}
		assets      = resourcesNamespace{t}
	)
	return template.FuncMap{
		"strings":     func() stringsNamespace { return text },
		"collections": func() collectionsNamespace { return collections },
		"math":        func() mathNamespace { return numbers },
		"compare":     func() compareNamespace { return compare },
		"cast":        func() castNamespace { return cast },
		"safe":        func() safeNamespace { return safe },
		"encoding":    func() encodingNamespace { return encoding },
		"crypto":      func() cryptoNamespace { return crypto },
		"inflect":     func() inflectNamespace { return inflect },
		"urls":        func() urlsNamespace { return urls },
		"transform":   func() transformNamespace { return transform },
		"fmt":         func() fmtNamespace { return printing },
		"resources":   func() resourcesNamespace { return assets },
		"css":         func() cssNamespace { return cssNamespace{t} },
		"js":          func() jsNamespace { return jsNamespace{t} },
		"images":      func() imagesNamespace { return imagesNamespace{t} },
		"path":        func() pathNamespace { return pathNamespace{} },
		"reflect":     func() reflectNamespace { return reflectNamespace{} },
		"lang":        func() langNamespace { return langNamespace{t} },
		"partials":    func() partialsNamespace { return partialsNamespace{t} },
		"templates":   func() templatesNamespace { return templatesNamespace{t} },
		"hugo":        func() hugoNamespace { return hugoNamespace{t} },
		"hash":        func() hashNamespace { return hashNamespace{} },
		"try":         try,
		"os":          func() osNamespace { return osNamespace{} },
		"getenv":      osNamespace{}.Getenv,
		"site":        t.currentSite,
		"page":        func() *Page { return t.page },

		"getJSON":       t.getJSON,
		"partial":       t.partial,
		"partialCached": t.partialCached,
		"return":        t.returns,
		"errorf":        printing.Errorf,
		"erroridf":      printing.Erroridf,
		"warnf":         printing.Warnf,
		"warnidf":       printing.Warnidf,
		"i18n":          t.translate,
		"T":             t.translate,

		"fingerprint": assets.Fingerprint,
		"minify":      assets.Minify,
		"toCSS":       assets.ToCSS,

		"now":        times.Now,
		"time":       times.call,
		"dateFormat": times.Format,
		"duration":   times.Duration,

		"relURL":     urls.RelURL,
		"absURL":     urls.AbsURL,
		"relLangURL": urls.RelLangURL,
		"absLangURL": urls.AbsLangURL,
		"ref":        urls.Ref,
		"relref":     urls.RelRef,
		"urlize":     site.Urlize,
		"anchorize":  anchorize,

		"after":      collections.After,
		"append":     collections.Append,
		"apply":      t.apply,
		"complement": collections.Complement,
		"delimit":    collections.Delimit,
		"dict":       collections.Dictionary,
		"first":      collections.First,
		"group":      collections.Group,
		"in":         collections.In,
		"index":      collections.Index,
		"intersect":  collections.Intersect,
		"isset":      collections.IsSet,
		"last":       collections.Last,
		"merge":      collections.Merge,
		"newScratch": collections.NewScratch,
		"querify":    collections.Querify,
		"seq":        collections.Seq,
		"slice":      collections.Slice,
		"sort":       collections.Sort,
		"symdiff":    collections.SymDiff,
		"union":      collections.Union,
		"uniq":       collections.Uniq,
		"where":      collections.Where,

		"cond":    compare.Conditional,
		"default": compare.Default,
		"eq":      compare.Eq,
		"ge":      compare.Ge,
		"gt":      compare.Gt,
		"le":      compare.Le,
		"lt":      compare.Lt,
		"ne":      compare.Ne,

		"add":     numbers.Add,
		"div":     numbers.Div,
		"mod":     numbers.Mod,
		"modBool": numbers.ModBool,
		"mul":     numbers.Mul,
		"pow":     numbers.Pow,
		"sub":     numbers.Sub,
		"float":   cast.ToFloat,
		"int":     cast.ToInt,
		"string":  cast.ToString,

		"chomp":          text.Chomp,
		"countrunes":     text.CountRunes,
		"countwords":     text.CountWords,
		"findRE":         text.FindRE,
		"findRESubmatch": text.FindRESubmatch,
		"hasPrefix":      text.HasPrefix,
		"hasSuffix":      text.HasSuffix,
		"humanize":       inflect.Humanize,
		"lower":          text.ToLower,
		"pluralize":      inflect.Pluralize,
		"replace":        text.Replace,
		"replaceRE":      text.ReplaceRE,
		"singularize":    inflect.Singularize,
		"slicestr":       text.SliceString,
		"split":          text.Split,
		"substr":         text.Substr,
		"title":          text.Title,
		"trim":           text.Trim,
		"truncate":       text.Truncate,
		"upper":          text.ToUpper,
		"base64Decode":   encoding.Base64Decode,
		"base64Encode":   encoding.Base64Encode,
		"jsonify":        encoding.Jsonify,
		"hmac":           crypto.HMAC,
		"md5":            crypto.MD5,
		"sha1":           crypto.SHA1,
		"sha256":         crypto.SHA256,
		"emojify":        transform.Emojify,
		"highlight":      transform.Highlight,
		"htmlEscape":     transform.HTMLEscape,
		"htmlUnescape":   transform.HTMLUnescape,
		"markdownify":    transform.Markdownify,
		"plainify":       transform.Plainify,
		"unmarshal":      transform.Unmarshal,
		"safeCSS":        safe.CSS,
		"safeHTML":       safe.HTML,
		"safeHTMLAttr":   safe.HTMLAttr,
		"safeJS":         safe.JS,
		"safeJSStr":      safe.JSStr,
		"safeURL":        safe.URL,
	}
}

// getJSON reads data from the network. Several texts are one address in parts. It is nil where there is nothing.
func (t *templates) getJSON(address ...any) (any, error) {
	if t.request.JSON == nil {
		return nil, errors.New("getJSON cannot be used here")
	}
	var whole strings.Builder
	for _, part := range address {
		whole.WriteString(toString(part))
	}
	return t.request.JSON(cmp.Or(t.request.Context, context.Background()), whole.String())
}

func toString(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case template.HTML:
		return string(v)
	case template.CSS:
		return string(v)
	case template.JS:
		return string(v)
	case template.JSStr:
		return string(v)
	case template.URL:
		return string(v)
	case template.HTMLAttr:
		return string(v)
	case error:
		return v.Error()
	default:
		return fmt.Sprint(v)
	}
}
