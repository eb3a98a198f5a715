package content

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/generator/strictyaml"
)

// Dates say where the dates of documents come from: for each, names in the order in which they are asked. A name is a key of front
// matter, or one of [FromDefault], [FromFileName] and [FromGit]. No names mean FromDefault.
type Dates struct {
	Date, Lastmod, PublishDate, ExpiryDate []string
}

// What a date can come from besides a key.
const (
	FromDefault  = ":default"  // the date's own key
	FromFileName = ":filename" // 2026-01-31-name.md, or the directory of a bundle, whose name without the date is then the slug
	FromGit      = ":git"      // the last commit that changed the file
)

// DecodeDates decodes the block `frontmatter` of the configuration.
func DecodeDates(d *strictyaml.Document, into *Dates) func(*yaml.Node) {
	names := func(key string, into *[]string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			d.Strings(into)(n)
			for i, name := range *into {
				name = strings.ToLower(name)
				if strings.HasPrefix(name, ":") && !slices.Contains([]string{FromDefault, FromFileName, FromGit}, name) {
					d.Errorf(n, "write :default, :filename, :git, or keys of front matter", "%s cannot come from %q", key, (*into)[i])
				}
				(*into)[i] = name
			}
		}
	}
	return func(n *yaml.Node) {
		d.Fields(n, "frontmatter", strictyaml.Fields{
			"date":        names("date", &into.Date),
			"lastmod":     names("lastmod", &into.Lastmod),
			"publishDate": names("publishDate", &into.PublishDate),
			"expiryDate":  names("expiryDate", &into.ExpiryDate),
		})
	}
}

// isZero says whether every date comes from its own key.
func (d Dates) isZero() bool {
	return d.Date == nil && d.Lastmod == nil && d.PublishDate == nil && d.ExpiryDate == nil
}

// dateInName begins the name of a file or directory.
var dateInName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:-(.+))?$`) })

// settleDates gives a document the dates that do not come from their own keys.
func (s Settings) settleDates(doc *Document) error {
	if commit, ok := s.Commits[doc.File]; ok {
		doc.Commit = commit
	}
	if s.Dates.isZero() {
		return nil
	}
	was := doc.FrontMatter
	for _, date := range []struct {
		sources []string
		own     time.Time
		into    *time.Time
	}{
		{s.Dates.Date, was.Date, &doc.Date}, {s.Dates.Lastmod, was.Lastmod, &doc.Lastmod},
		{s.Dates.PublishDate, was.PublishDate, &doc.PublishDate}, {s.Dates.ExpiryDate, was.ExpiryDate, &doc.ExpiryDate},
	} {
		if date.sources == nil {
			continue
		}
		*date.into = time.Time{}
		for _, name := range date.sources {
			found, err := doc.dateFrom(name, date.own, was)
			if err != nil {
				return err
			}
			if !found.IsZero() {
				*date.into = found
				break
			}
		}
	}
	return nil
}

// dateFrom is the date that a source has for a document, zero for none.
func (d *Document) dateFrom(name string, own time.Time, was FrontMatter) (time.Time, error) {
	switch name {
	case FromDefault:
		return own, nil
	case FromGit:
		if d.Commit != nil {
			return d.Commit.AuthorDate, nil
		}
		return time.Time{}, nil
	case FromFileName:
		return d.dateInName(), nil
	case "date":
		return was.Date, nil
	case "lastmod", "modified":
		return was.Lastmod, nil
	case "publishdate", "pubdate", "published":
		return was.PublishDate, nil
	case "expirydate", "unpublishdate":
		return was.ExpiryDate, nil
	}
	for key, value := range was.Params {
		if strings.EqualFold(key, name) {
			date, err := strictyaml.ParseTime(fmt.Sprint(value))
			if err != nil {
				return date, fmt.Errorf("%s: %w", key, err)
			}
			return date, nil
		}
	}
	return time.Time{}, nil
}

// dateInName is the date that the document's name begins with, zero for none. The rest of the name becomes the slug of a document that
// has none.
func (d *Document) dateInName() time.Time {
	name := strings.TrimSuffix(base(d.Path), ".md")
	if d.IsBundle() || d.IsSection() {
		name = path.Base(path.Dir(d.Path))
	}
	m := dateInName().FindStringSubmatch(name)
	if m == nil {
		return time.Time{}
	}
	date, err := strictyaml.ParseTime(m[1])
	if err == nil && d.Slug == "" {
		d.Slug = m[2]
	}
	return date
}

// Commit is the last change of a file in its history.
type Commit struct {
	Hash            string    `json:"hash"`
	AbbreviatedHash string    `json:"abbreviatedHash"`
	Subject         string    `json:"subject"`
	AuthorName      string    `json:"authorName"`
	AuthorEmail     string    `json:"authorEmail"`
	AuthorDate      time.Time `json:"authorDate"`
	CommitDate      time.Time `json:"commitDate"`
}
