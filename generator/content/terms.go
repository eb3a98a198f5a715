package content

// Terms are terms by taxonomy. A document has those of one or two taxonomies, for which a map would take several times the memory.
type Terms []TaxonomyTerms

// TaxonomyTerms are the terms of one taxonomy.
type TaxonomyTerms struct {
	Taxonomy string   `json:"taxonomy"`
	Terms    []string `json:"terms"`
}

// Of are the terms of a taxonomy.
func (t Terms) Of(taxonomy string) []string {
	for _, one := range t {
		if one.Taxonomy == taxonomy {
			return one.Terms
		}
	}
	return nil
}

// Set sets the terms of a taxonomy.
func (t *Terms) Set(taxonomy string, terms []string) {
	for i := range *t {
		if (*t)[i].Taxonomy == taxonomy {
			(*t)[i].Terms = terms
			return
		}
	}
	*t = append(*t, TaxonomyTerms{taxonomy, terms})
}

// Add adds a term of a taxonomy.
func (t *Terms) Add(taxonomy, term string) { t.Set(taxonomy, append(t.Of(taxonomy), term)) }
