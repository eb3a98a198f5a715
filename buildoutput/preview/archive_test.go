package preview

import (
	"os"
	"strings"
)

// archive is a txtar file: a comment, then files, each after a line "-- NAME --".
type archive struct {
	comment string
	files   []archiveFile
}

type archiveFile struct {
	name, content string
}

func readArchive(file string) (*archive, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := &archive{}
	into := &a.comment
	for line := range strings.Lines(string(content)) {
		trimmed := strings.TrimSpace(line)
		name, ok := strings.CutPrefix(trimmed, "-- ")
		if name, end := strings.CutSuffix(name, " --"); ok && end {
			a.files = append(a.files, archiveFile{name: name})
			into = &a.files[len(a.files)-1].content
			continue
		}
		*into += line
	}
	return a, nil
}
