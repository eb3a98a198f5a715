package content

import (
	"io/fs"
	"slices"
	"sync"

	"github.com/isrgen/isrgen/generator/diagnostic"
)

// Memory holds the documents of a content directory between one [Load] and the next. Whoever has it tells it which files changed.
// The zero value is empty, and may be used by several goroutines.
type Memory struct {
	mu        sync.Mutex
	documents map[string]*Document // by path; those without a fault
	names     []string             // of all files; nil where they have to be listed
}

// Forget has a file read again, named by its path in the content directory. Unless it was there, and is, the directory is listed
// again too.
func (m *Memory) Forget(name string, isThere bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.documents, name)
	if _, was := slices.BinarySearch(m.names, name); !was || !isThere {
		m.names = nil
	}
}

// Renew reads a file that changed, and returns the document as it was and as it is. Both are nil where one of them is not to be had,
// because the file is new, gone or faulty.
func (m *Memory) Renew(fsys fs.FS, name string, settings Settings) (was, is *Document) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was = m.documents[name]
	if was == nil {
		return nil, nil
	}
	var faults diagnostic.List
	is = read(fsys, name, settings, &faults)
	if is == nil || len(faults.Sorted()) > 0 {
		return nil, nil
	}
	m.documents[name] = is
	return was, is
}

// files lists the files of the content directory.
func (m *Memory) files(fsys fs.FS, diags *diagnostic.List) ([]string, error) {
	if m == nil {
		return Files(fsys, Dir, diags)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names != nil {
		return m.names, nil
	}
	var faults diagnostic.List
	names, err := Files(fsys, Dir, &faults)
	all := faults.Sorted()
	for _, fault := range all {
		diags.Add(fault)
	}
	if err == nil && len(all) == 0 {
		m.names = names
	}
	return names, err
}

// document gives the document that is remembered, or reads it. What has faults is read each time, so that they are reported again.
func (m *Memory) document(name string, read func(*diagnostic.List) *Document, diags *diagnostic.List) *Document {
	if m == nil {
		return read(diags)
	}
	m.mu.Lock()
	doc := m.documents[name]
	m.mu.Unlock()
	if doc != nil {
		return doc
	}
	var faults diagnostic.List
	doc = read(&faults)
	all := faults.Sorted()
	for _, fault := range all {
		diags.Add(fault)
	}
	if doc != nil && len(all) == 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.documents == nil {
			m.documents = map[string]*Document{}
		}
		m.documents[name] = doc
	}
	return doc
}
