package cmstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"go.etcd.io/bbolt"
)

// controlPath is where programs do what tests do with methods: ?put=SLUG&name=NAME&tag=TAG, ?delete=SLUG, ?rename=SLUG&to=SLUG,
// ?fail=FAULT.
const controlPath = "/control"

func (c *CMS) control(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var err error
	switch {
	case query.Has("put"):
		item := Item{Slug: query.Get("put"), Name: query.Get("name"), Description: query.Get("name") + "."}
		if tag := query.Get("tag"); tag != "" {
			item.Tags = []Tag{{tag}}
		}
		err = c.Store(item)
	case query.Has("delete"):
		err = c.Remove(query.Get("delete"))
	case query.Has("rename"):
		err = c.Rename(query.Get("rename"), query.Get("to"))
	case query.Has("fail"):
		c.Fail(Fault(query.Get("fail")))
	default:
		err = errors.New("nothing to do")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// Rename gives an item another slug.
func (c *CMS) Rename(from, to string) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		var item Item
		if err := json.Unmarshal(tx.Bucket(bucket).Get([]byte(from)), &item); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		item.Slug = to
		text, err := json.Marshal(item)
		return errors.Join(err, tx.Bucket(bucket).Delete([]byte(from)), tx.Bucket(bucket).Put([]byte(to), text))
	})
}
