package asset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/render"
)

// sassOptions are the options of css.Sass, under Hugo's names.
type sassOptions struct {
	TargetPath   string   `json:"targetpath"`
	OutputStyle  string   `json:"outputstyle"`
	IncludePaths []string `json:"includepaths"`
	Transpiler   string   `json:"transpiler"`
}

// sassTime is how long one run of Sass may take.
const sassTime = time.Minute

// sassProgram is where npm puts Dart Sass in a site.
const sassProgram = "node_modules/.bin/sass"

// sass makes CSS of Sass, with the program that the site has from npm. It may read any Sass of the site, so that all of that counts as
// what it read.
func (s *Store) sass(op render.Operation, input *made, content []byte) (*result, error) {
	var o sassOptions
	if err := decodeOptions(op, &o); err != nil {
		return nil, err
	}
	if o.OutputStyle == "" {
		o.OutputStyle = "expanded"
	}
	if o.OutputStyle != "expanded" && o.OutputStyle != "compressed" {
		return nil, fmt.Errorf("%s: outputStyle cannot be %q: write expanded or compressed", op.Kind, o.OutputStyle)
	}
	if o.Transpiler != "" && o.Transpiler != "dartsass" {
		return nil, fmt.Errorf("%s: transpiler cannot be %q: write dartsass", op.Kind, o.Transpiler)
	}
	entry := entryOf(input)
	css, err := s.runSass(entry, content, &o)
	if err != nil {
		return nil, err
	}
	read, err := s.sassFiles(o.IncludePaths)
	if err != nil {
		return nil, err
	}
	asset := &render.Asset{Path: o.TargetPath, MediaType: "text/css"}
	if asset.Path == "" {
		asset.Path = strings.TrimSuffix(input.asset.Path, path.Ext(input.asset.Path)) + ".css"
	}
	return &result{asset: asset, content: css, reads: read}, nil
}

// runSass runs the program on a text. It sees nothing of the environment but where programs are.
func (s *Store) runSass(entry string, content []byte, o *sassOptions) ([]byte, error) {
	program := filepath.Join(s.options.Site, filepath.FromSlash(sassProgram))
	if _, err := os.Stat(program); err != nil {
		return nil, &render.Error{File: entry, Message: "there is no Sass in this site", Advice: "run `npm install --save-dev sass` in it, or use CSS with css.Build"}
	}
	ctx, cancel := context.WithTimeout(s.options.Context, sassTime)
	defer cancel()
	args := []string{"--stdin", "--no-source-map", "--no-color", "--no-unicode", "--style=" + o.OutputStyle}
	if path.Ext(entry) == ".sass" {
		args = append(args, "--indented")
	}
	for _, dir := range append([]string{path.Dir(entry), render.AssetsDir, "node_modules"}, o.IncludePaths...) {
		if !fs.ValidPath(dir) {
			return nil, fmt.Errorf("css.Sass: %q is no path in the site", dir)
		}
		args = append(args, "--load-path="+dir)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.options.Site, []string{"PATH=" + os.Getenv("PATH")}, bytes.NewReader(content)
	cmd.WaitDelay = time.Second
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return nil, sassFault(entry, content, stderr.String())
	}
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", sassProgram, err)
	}
	return out.Bytes(), nil
}

var sassPlace = regexp.MustCompile(`(?m)^\s+(\S+) (\d+):(\d+)\s`)

// sassFault takes the place out of what Sass says.
func sassFault(entry string, content []byte, said string) error {
	first, _, _ := strings.Cut(said, "\n")
	fault := &render.Error{File: entry, Message: strings.TrimPrefix(first, "Error: "), Advice: "correct it, so that it becomes CSS"}
	if m := sassPlace.FindStringSubmatch(said); m != nil {
		fault.Line, _ = strconv.Atoi(m[2])
		fault.Column, _ = strconv.Atoi(m[3])
		if m[1] == "-" {
			fault.Excerpt = diagnostic.Excerpt(content, fault.Line)
		} else {
			fault.File = filepath.ToSlash(m[1])
		}
	}
	return fault
}

// sassFiles are all files of the site that Sass may have read, with their sums, and which packages of npm there are.
func (s *Store) sassFiles(includes []string) (map[string]string, error) {
	const lock = "node_modules/.package-lock.json"
	read := map[string]string{lock: s.Sum(lock)}
	for _, dir := range append([]string{render.AssetsDir}, includes...) {
		err := fs.WalkDir(s.options.Files, dir, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			}
			if ext := path.Ext(name); ext == ".scss" || ext == ".sass" || ext == ".css" {
				read[name] = s.Sum(name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return read, nil
}
