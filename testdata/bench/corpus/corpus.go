// Package corpus writes the content of a blog of any size, the same bytes each time: posts of 300 to 800 words with front matter,
// a table, two fenced code blocks and tags. Nothing in it is copied from anywhere.
package corpus

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Notes are how many of the posts stand in content/notes/; all others are in content/posts/.
const Notes = 100

// perDirectory keeps directories at a size that people have.
const perDirectory = 1000

const (
	tags       = 100
	categories = 10
)

// Write writes a site's content of so many posts below dir. It returns the file of one post in the middle.
func Write(dir string, posts int) (middle string, err error) {
	sections := map[string]string{
		"_index.md":       "---\ntitle: The bench\ndescription: A blog that nobody wrote.\n---\n\nThe latest posts are below.\n",
		"posts/_index.md": "---\ntitle: Posts\n---\n\nAll posts, the newest first.\n",
		"notes/_index.md": "---\ntitle: Notes\n---\n\nA hundred notes.\n",
	}
	for name, text := range sections {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	for i := range posts {
		name := fmt.Sprintf("notes/note-%03d.md", i)
		if i >= Notes {
			name = fmt.Sprintf("posts/%03d/post-%06d.md", i/perDirectory, i)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if i%perDirectory == 0 || i == Notes {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return "", err
			}
		}
		if err := writePost(file, i); err != nil {
			return "", err
		}
		if i == posts/2 {
			middle = file
		}
	}
	return middle, nil
}

func writePost(name string, i int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	post{w, rand.New(rand.NewPCG(uint64(i), 8))}.write(i)
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// post writes one post. Each is a stream of random numbers of its own, so that it is the same in a corpus of any size.
type post struct {
	*bufio.Writer
	random *rand.Rand
}

func (p post) write(i int) {
	p.frontMatter(i)
	words := 300 + p.random.IntN(501)
	for part := range 3 {
		if part > 0 {
			fmt.Fprintf(p, "## %s\n\n", p.phrase(2+p.random.IntN(4)))
		}
		for written := 0; written < words/3; {
			n := min(30+p.random.IntN(60), max(12, words/3-written))
			p.paragraph(n)
			written += n
		}
		switch part {
		case 0:
			p.code(i)
		case 1:
			p.table()
			p.list()
		case 2:
			p.code(i + 1)
		}
	}
}

func (p post) frontMatter(i int) {
	date := time.Date(2010, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 67 * time.Minute)
	fmt.Fprintf(p, "---\ntitle: %q\ndate: %s\n", p.phrase(3+p.random.IntN(5)), date.Format(time.RFC3339))
	fmt.Fprintf(p, "description: %s.\ntags:\n", p.phrase(10+p.random.IntN(8)))
	first := p.random.IntN(tags)
	for k := range 2 + p.random.IntN(3) {
		fmt.Fprintf(p, "  - %s\n", termName((first+k*k*7)%tags))
	}
	fmt.Fprintf(p, "categories: [%s]\n", vocabulary[20+p.random.IntN(categories)])
	fmt.Fprintf(p, "params:\n  author: %s\n  level: %d\n---\n\n", vocabulary[p.random.IntN(20)], 1+p.random.IntN(5))
}

func termName(n int) string {
	return vocabulary[n] + "-" + vocabulary[(n*3+11)%len(vocabulary)]
}

// word is mostly one of the first words of the vocabulary, as in all languages.
func (p post) word() string {
	u := p.random.Float64()
	return vocabulary[int(u*u*float64(len(vocabulary)))]
}

// phrase is some words with a capital at the beginning.
func (p post) phrase(words int) string {
	parts := make([]string, words)
	for i := range parts {
		parts[i] = p.word()
	}
	text := strings.Join(parts, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

func (p post) paragraph(words int) {
	for words > 0 {
		n := min(words, 6+p.random.IntN(14))
		words -= n
		p.sentence(n)
	}
	p.WriteString("\n")
}

func (p post) sentence(words int) {
	p.WriteString(p.phrase(max(1, words-4)))
	switch p.random.IntN(6) {
	case 0:
		fmt.Fprintf(p, " *%s* %s", p.word(), p.word())
	case 1:
		fmt.Fprintf(p, " **%s %s**", p.word(), p.word())
	case 2:
		fmt.Fprintf(p, " `%s.%s`", p.word(), p.word())
	case 3:
		fmt.Fprintf(p, " [%s %s](/tags/%s/)", p.word(), p.word(), termName(p.random.IntN(tags)))
	}
	fmt.Fprintf(p, ", %s %s.\n", p.word(), p.word())
}

func (p post) table() {
	fmt.Fprintf(p, "| %s | %s | %s |\n|---|:---:|---:|\n", p.phrase(1), p.phrase(2), p.phrase(1))
	for range 4 + p.random.IntN(4) {
		fmt.Fprintf(p, "| %s | `%s` | %d |\n", p.phrase(2), p.word(), p.random.IntN(10000))
	}
	p.WriteString("\n")
}

func (p post) list() {
	for range 3 + p.random.IntN(3) {
		fmt.Fprintf(p, "- %s\n", p.phrase(5+p.random.IntN(8)))
	}
	p.WriteString("\n")
}
