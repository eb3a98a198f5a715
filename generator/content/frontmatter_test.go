package content

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

func TestSplitFrontMatter(t *testing.T) {
	for _, c := range []struct{ file, matter, language, body, problem string }{
		{"", "", "", "", ""},
		{"no front matter\n---\n", "", "", "no front matter\n---\n", ""},
		{"---\na: 1\n---\nbody", "a: 1\n", "", "body", ""},
		{"---\n---\n", "", "", "", ""},
		{"---\na: 1\n---", "a: 1\n", "", "", ""},
		{"---\r\na: 1\r\n---\r\nbody\r\n", "a: 1\r\n", "", "body\r\n", ""},
		{"\ufeff---\na: 1\n---  \nbody", "a: 1\n", "", "body", ""},
		{"\ufeffbody", "", "", "body", ""},
		{"---\na: 1\n---\nbody\n---\nmore", "a: 1\n", "", "body\n---\nmore", ""},
		{"---\na: |\n  ---\n---\nbody", "a: |\n  ---\n", "", "body", ""}, // the indented line is part of the value
		{"----\nbody", "", "", "----\nbody", ""},
		{"---\na: 1\n", "", "", "", "the front matter has no end"},
		{"+++\na = 1\n+++\nbody", "a = 1\n", "toml", "body", ""},
		{"+++\n---\n", "", "", "", "the front matter has no end"},
		{"{\n}\n", "{\n}", "json", "", ""},
		{"\ufeff{\n  \"a\": \"}\"\n}  \n\nbody", "{\n  \"a\": \"}\"\n}", "json", "\nbody", ""},
		{"{\"a\": 1}\nbody", "{\"a\": 1}", "json", "body", ""},
		{"{\n\"a\": \n", "{\n\"a\": \n", "json", "", ""}, // which is not JSON, as its parser will say
		{"{} is a set", "", "", "{} is a set", ""},
		{"{{< figure >}}\n", "", "", "{{< figure >}}\n", ""},
	} {
		matter, language, body, problem := splitFrontMatter([]byte(c.file))
		if string(matter) != c.matter || string(language) != c.language || c.file[body:] != c.body || problem != c.problem {
			t.Errorf("%q: front matter %q in %q, body %q, problem %q; want %q, %q, %q, %q",
				c.file, matter, language, c.file[body:], problem, c.matter, c.language, c.body, c.problem)
		}
	}
}

func FuzzSplitFrontMatter(f *testing.F) {
	f.Add([]byte("---\na: 1\n---\nbody"))
	f.Add([]byte("\ufeff---\r\n---"))
	f.Add([]byte("{\"a\": {}}\nbody"))
	f.Fuzz(func(t *testing.T, file []byte) {
		matter, _, body, problem := splitFrontMatter(file)
		if body < 0 || body > len(file) {
			t.Fatalf("the body begins at %d of %d", body, len(file))
		}
		if problem == "" && !bytes.Contains(file[:body], matter) {
			t.Errorf("front matter %q overlaps the body %q", matter, file[body:])
		}
	})
}

func parseText(t *testing.T, name, yaml string) (*Document, string) {
	t.Helper()
	var diags diagnostic.List
	doc := parse(Dir+"/"+name, name, []byte("---\n"+yaml+"---\n"), []string{"tags"}, &diags)
	return doc, messages(&diags)
}

func TestFrontMatter(t *testing.T) {
	doc, faults := parseText(t, "posts/_index.md", `title: A post
linkTitle: Post
DATE: 2026-11-01T12:00:00+02:00
lastmod: 2026-11-02
weight: 3
slug: s
url: /u
layout: wide
tags: [b, a, ""]
params: {n: 1, f: 1.5, d: 2026-01-01}
isr: {revalidate: 10m, defer: true, fallback: blocking, group: g, allowQuery: q}
cascade: {isr: {revalidate: false}, params: {x: true}}
`)
	if faults != "" {
		t.Fatal(faults)
	}
	place := func(column int) Place { return Place{"content/posts/_index.md", 12, column} }
	cascade := place(16)
	cascade.Line = 13
	want := FrontMatter{
		Title: "A post", LinkTitle: "Post", Date: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC),
		Lastmod: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Weight: 3, Slug: "s", URL: "/u", Layout: "wide",
		Terms:  Terms{{"tags", []string{"b", "a"}}},
		Params: map[string]any{"n": int64(1), "f": 1.5, "d": "2026-01-01"},
		ISR: ISR{Revalidate: new(Revalidate(600)), Defer: new(true), Fallback: new(FallbackBlocking), Group: new("g"),
			AllowQuery: &[]string{"q"}, Place: place(6)},
		Cascade: []Cascade{{ISR: ISR{Revalidate: new(OnDemand), Place: cascade}, Params: map[string]any{"x": true}}},
	}
	if !doc.Date.Equal(want.Date) {
		t.Errorf("date %v, want %v", doc.Date, want.Date)
	}
	doc.Date = want.Date // the zone is as written
	if !reflect.DeepEqual(doc.FrontMatter, want) {
		t.Errorf("front matter\n%+v, want\n%+v", doc.FrontMatter, want)
	}
}

func TestFrontMatterFaults(t *testing.T) {
	for yaml, want := range map[string]string{
		"title: [a]\n":                             `3:8: want a text, not a list`,
		"\n\nweight: many\n":                       `5:9: want a whole number, not "many"`,
		"date: yesterday\n":                        `3:7: "yesterday" is not a date`,
		"draft: ja\n":                              `3:8: want true or false, not "ja"`,
		"tags: [{a: 1}]\n":                         `3:8: want a text in this list, not a mapping`,
		"isr: {revalidate: 0}\n":                   `3:19: revalidate: 0 is not possible`,
		"isr:\n  expires: 3\n":                     `4:3: unknown key "expires" in isr`,
		"isr: {fallback: static}\n":                `3:17: fallback cannot be "static"`,
		"isr: {allowQuery: [a, \"b c\"]}\n":        `3:19: allowQuery: "b c" is not the name of a parameter`,
		"isr: {allowQuery: " + PathParameter + "}": `3:19: allowQuery: ` + PathParameter + ` is a name that isrgen itself uses`,
		"cascade: {}\n":                            `3:10: a page has nothing below it to cascade to`,
		"title: a\ntitle: b\n":                     `4:1: "title" stands twice in front matter`,
		"- a\n":                                    `3:1: front matter must be a mapping, not a list`,
		"a: b: c\n":                                `3: this is not YAML: mapping values are not allowed in this context`,
	} {
		_, got := parseText(t, "a.md", "\n"+strings.TrimSuffix(yaml, "\n")+"\n")
		if got != "content/a.md:"+want {
			t.Errorf("%q:\n%s\nwant\ncontent/a.md:%s", yaml, got, want)
		}
	}
}

func TestRevalidate(t *testing.T) {
	for text, want := range map[string]Revalidate{
		"60": 60, "90s": 90, "10m": 600, "1h": 3600, "1d": 86400, "1w": 604800, "false": OnDemand, "520w": 520 * 604800,
	} {
		doc, faults := parseText(t, "a.md", "isr: {revalidate: "+text+"}\n")
		if faults != "" || *doc.ISR.Revalidate != want {
			t.Errorf("%s: %v, %s; want %d seconds", text, doc.ISR.Revalidate, faults, want)
		}
	}
	for _, text := range []string{"true", "-1", "1.5h", "h", "1y", "01", "1h30m", "0x10", "9999999999", "600w", "[1]", "999999999w", "~", "''"} {
		if _, faults := parseText(t, "a.md", "isr: {revalidate: "+text+"}\n"); faults == "" {
			t.Errorf("revalidate: %s is taken", text)
		}
	}
	// What the output shows can be written back into front matter.
	for _, seconds := range []Revalidate{1, 59, 60, 61, 3600, 5400, 86400, 90000, 604800, 1209600} {
		doc, faults := parseText(t, "a.md", fmt.Sprintf("isr: {revalidate: %s}\n", seconds))
		if faults != "" || *doc.ISR.Revalidate != seconds {
			t.Errorf("%d seconds are shown as %s, which means %v, %s", seconds, seconds, doc.ISR.Revalidate, faults)
		}
	}
}

// TestResourceMatter reads what front matter says of files beside the page, and refuses what says not of which.
func TestResourceMatter(t *testing.T) {
	var diags diagnostic.List
	doc := parse("content/a/index.md", "a/index.md", []byte("---\nresources:\n  - {src: '*.jpg', title: 'No. :counter', params: {by: Ana}}\n  - {title: none}\n  - {src: '['}\n  - {src: a, sorce: b}\n---\n"), nil, &diags)
	if len(doc.Resources) != 2 || doc.Resources[0].Src != "*.jpg" || doc.Resources[0].Title != "No. :counter" || doc.Resources[0].Params["by"] != "Ana" {
		t.Errorf("%+v", doc.Resources)
	}
	var places []string
	for _, d := range diags.Sorted() {
		places = append(places, d.String())
	}
	const want = "content/a/index.md:4:5: an item of resources says not which files it is about content/a/index.md:5:5: an item of resources says not which files it is about " +
		"content/a/index.md:6:14: unknown key \"sorce\" in an item of resources"
	if got := strings.Join(places, " "); got != want {
		t.Errorf("%s", got)
	}
}
