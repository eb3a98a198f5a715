package dependency

import (
	"maps"
	"slices"
	"strings"

	"github.com/isrgen/isrgen/generator/render"
)

// Uses are what a page does with files in assets/ and beside pages.
type Uses struct {
	// Files are those that it reads, by their path in the site, sorted, also such as it looked for in vain. [AssetNames] stands for
	// which files there are.
	Files []string

	// Operations are what is done, each after those that it works on.
	Operations []Used
}

// Used is an operation, and what becomes of its result.
type Used struct {
	Operation render.Operation
	Use       render.Use
}

// AssetNames is the name under which a state has which files there are in assets/. No file can have it.
const AssetNames = render.AssetsDir + "/"

// assetWatch notes what one page does with files. A nil one noted nothing.
type assetWatch struct {
	render.Assets
	files      map[string]bool
	operations []Used
	at         map[string]int // by the key of the operation
	asks       bool           // it uses files of other hosts
}

func newAssetWatch(assets render.Assets) *assetWatch {
	if assets == nil {
		return nil
	}
	return &assetWatch{Assets: assets}
}

func (w *assetWatch) Names() ([]string, error) {
	w.read(AssetNames)
	return w.Assets.Names()
}

func (w *assetWatch) read(names ...string) {
	if w.files == nil {
		w.files = map[string]bool{}
	}
	for _, name := range names {
		w.files[name] = true
	}
}

func (w *assetWatch) Make(op render.Operation) (*render.Asset, error) {
	w.asks = w.asks || op.Kind == render.OpRemote
	asset, err := w.Assets.Make(op)
	if err == nil {
		w.read(asset.Reads...)
		w.note(op, 0)
	}
	return asset, err
}

func (w *assetWatch) Use(op render.Operation, use render.Use) ([]byte, error) {
	w.note(op, use)
	return w.Assets.Use(op, use)
}

func (w *assetWatch) note(op render.Operation, use render.Use) {
	if w.at == nil {
		w.at = map[string]int{}
	}
	key := op.Key()
	i, known := w.at[key]
	if !known {
		i = len(w.operations)
		w.at[key] = i
		w.operations = append(w.operations, Used{Operation: op})
	}
	w.operations[i].Use |= use
}

func (w *assetWatch) uses() Uses {
	if w == nil {
		return Uses{}
	}
	return Uses{Files: slices.Sorted(maps.Keys(w.files)), Operations: w.operations}
}

// intern gives the index of some uses. The caller holds r.mu.
func (r *Recorder) intern(uses Uses) int {
	if len(uses.Files)+len(uses.Operations) == 0 {
		return 0
	}
	var b strings.Builder
	for _, used := range uses.Operations {
		b.WriteString(used.Operation.Key())
		b.WriteByte('0' + byte(used.Use))
	}
	for _, name := range uses.Files {
		b.WriteByte('\n') // which no key holds
		b.WriteString(name)
	}
	key := b.String()
	i, known := r.usesOf[key]
	if !known {
		i = len(r.uses)
		r.uses = append(r.uses, uses)
		r.usesOf[key] = i
	}
	return i
}

// SetAssets puts files that templates work on into the state, by their path, with the hashes of their bytes, empty for what there is not.
func (s *State) SetAssets(sums map[string]string) {
	s.Assets = named(sums)
}

func named(sums map[string]string) []Named {
	var all []Named
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if sums[name] != "" {
			all = append(all, Named{name, hash([]byte(sums[name]))})
		}
	}
	return all
}

// SetPublished notes the files that layouts made, by path below static/, with the hashes of their bytes.
func (r *Record) SetPublished(sums map[string]string) { r.Published = named(sums) }

// MadeSince are those of some files that layouts made which the build of the record had not, or with other bytes.
func (r *Record) MadeSince(sums map[string]string) []Change {
	before := map[string]Hash{}
	for _, file := range r.Published {
		before[file.Name] = file.Hash
	}
	var changes []Change
	for _, file := range named(sums) {
		change := Change{Path: "/" + file.Name, Change: Changed, Kind: KindFile, Certain: true}
		if before[file.Name] == 0 {
			change.Change = Added
		}
		if before[file.Name] != file.Hash {
			changes = append(changes, change)
		}
	}
	return changes
}

// any says whether one of some files is among those that changed.
func (u Uses) any(changed map[string]bool) bool {
	return len(changed) > 0 && slices.ContainsFunc(u.Files, func(name string) bool { return changed[name] })
}
