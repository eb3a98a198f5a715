package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// remoteSite is a site whose pages are items of a source on the network, all of them left to their visitors. Its address is one where
// nobody answers: a build that asked for anything would fail.
const remoteSite = `title: Remote
sources:
  items:
    item: { url: "http://127.0.0.1:9/items/{slug}?of=%d" }
    path: /items/[slug]
    fields: { title: name, body: text }
    prerender: none
    isr: { revalidate: 1h }
`

// compareRemote builds sites of very few and of very many items in turns.
func (b *bench) compareRemote(few, many int) error {
	m := newMeasured()
	s := &corpusSite{dir: filepath.Join(b.dir, "remote"), out: filepath.Join(b.dir, "out")}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	for range b.runs * 3 { // a build is short
		for _, items := range []int{few, many} {
			if err := os.WriteFile(filepath.Join(s.dir, "isrgen.yaml"), fmt.Appendf(nil, remoteSite, items), 0o644); err != nil {
				return err
			}
			if err := b.runIsrgen(m, s, fmt.Sprint(items), true); err != nil {
				return err
			}
		}
	}
	b.table.compare(fmt.Sprintf("%d remote pages, all deferred", many), "s", m.wall[fmt.Sprint(many)], m.wall[fmt.Sprint(few)], fmt.Sprint("of ", few), 1.1)
	return nil
}
