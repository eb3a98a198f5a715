package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/isrgen/isrgen/generator/content"
)

// Keys of the records of assets in a bundle, followed by the key of an operation.
const (
	keyAssetNames   = "assets"
	keyAsset        = "asset:"
	keyAssetContent = "assetcontent:"
)

// PackedAsset is what a bundle has of an operation.
type PackedAsset struct {
	Asset
	Published bool   `json:"published,omitempty"`
	Content   []byte `json:"-"` // nil unless it is in a page
}

// PackAssets adds to a bundle what a build did.
func PackAssets(w interface {
	Add(key string, value []byte) error
}, names []string, made func(yield func(key string, asset PackedAsset) bool)) error {
	record, err := json.Marshal(names)
	if err != nil {
		return err
	}
	if err := w.Add(keyAssetNames, record); err != nil {
		return err
	}
	for key, asset := range made {
		record, err := json.Marshal(asset)
		if err == nil {
			err = w.Add(keyAsset+key, record)
		}
		if err == nil && asset.Content != nil {
			err = w.Add(keyAssetContent+key, asset.Content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// packedAssets are what the build did that made a bundle; of a site that works on no files, nothing. Records are read when a page asks for
// them.
type packedAssets struct {
	bundle *content.Bundle
	found  sync.Map // by key: nothing that visitors ask for makes one more of them
}

func (p *packedAssets) Names() ([]string, error) {
	var names []string
	err := p.bundle.GetJSON(keyAssetNames, &names)
	if errors.Is(err, content.ErrNoRecord) {
		return nil, ErrUnknownAsset
	}
	return names, err
}

func (p *packedAssets) find(op Operation) (*PackedAsset, error) {
	if asset, ok := p.found.Load(op.Key()); ok {
		return asset.(*PackedAsset), nil
	}
	var asset PackedAsset
	err := p.bundle.GetJSON(keyAsset+op.Key(), &asset)
	if errors.Is(err, content.ErrNoRecord) {
		return nil, ErrUnknownAsset
	}
	if err == nil {
		p.found.Store(op.Key(), &asset)
	}
	return &asset, err
}

func (p *packedAssets) Make(op Operation) (*Asset, error) {
	asset, err := p.find(op)
	if err != nil {
		return nil, err
	}
	return &asset.Asset, nil
}

func (p *packedAssets) Use(op Operation, use Use) ([]byte, error) {
	if use == Published {
		asset, err := p.find(op)
		if err == nil && !asset.Published {
			err = ErrUnknownAsset
		}
		return nil, err
	}
	text, err := p.bundle.Get(keyAssetContent + op.Key())
	if errors.Is(err, content.ErrNoRecord) {
		return nil, fmt.Errorf("the content of %s: %w", op.Name, ErrUnknownAsset)
	}
	return text, err
}
