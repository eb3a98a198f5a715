package generator

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"

	"github.com/isrgen/isrgen/generator/content"
	"github.com/isrgen/isrgen/generator/diagnostic"
	"github.com/isrgen/isrgen/generator/site"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// commitFormat has the parts of [content.Commit], between characters that stand in no name.
const commitFormat = "%x1e%H%x1f%h%x1f%s%x1f%aN%x1f%aE%x1f%aI%x1f%cI"

// history finds the last commit of each file of the content directory, by the file's path in it. Where there is no history, a warning
// says so.
func (b *build) history(ctx context.Context, config *site.Config) map[string]*content.Commit {
	if !config.GitInfo || b.commits != nil {
		return b.commits
	}
	git := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", b.Source, "-c", "core.quotepath=false", "-c", "log.showSignature=false"}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(stderr.String()))
		}
		return out, err
	}
	warn := func(message, advice string) {
		b.diags.Add(diagnostic.Diagnostic{Severity: diagnostic.Warning, File: site.ConfigFile, Message: "enableGitInfo: " + message, Advice: advice})
	}
	out, err := git("log", "-z", "--relative", "--name-only", "--no-merges", "--format="+commitFormat, "--", content.Dir)
	if err != nil {
		warn("git cannot be asked: "+err.Error(), "build in a clone of the site's repository, with git, or set enableGitInfo: false")
		return nil
	}
	if shallow, err := git("rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(shallow)) == "true" {
		warn("this clone has a part of the history only, so that old files seem to be as new as its first commit",
			"fetch all of it: `git fetch --unshallow`, or VERCEL_DEEP_CLONE=true in the project's environment on the platform")
	}
	return commits(string(out))
}

// commits reads what git log says, the newest first.
func commits(log string) map[string]*content.Commit {
	files := map[string]*content.Commit{}
	for record := range strings.SplitSeq(log, "\x1e") {
		head, names, _ := strings.Cut(record, "\x00")
		parts := strings.Split(head, "\x1f")
		if len(parts) != 7 {
			continue
		}
		commit := &content.Commit{Hash: parts[0], AbbreviatedHash: parts[1], Subject: parts[2], AuthorName: parts[3], AuthorEmail: parts[4]}
		commit.AuthorDate, _ = strictyaml.ParseTime(parts[5])
		commit.CommitDate, _ = strictyaml.ParseTime(strings.TrimSpace(parts[6]))
		for name := range strings.SplitSeq(strings.TrimPrefix(names, "\n"), "\x00") {
			name, inside := strings.CutPrefix(name, content.Dir+"/")
			if inside && files[name] == nil {
				files[name] = commit
			}
		}
	}
	return files
}
