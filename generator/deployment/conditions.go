package deployment

import (
	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

// decodeConditions decodes has or missing.
func decodeConditions(d *strictyaml.Document, into *[]buildoutput.Condition, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Items(n, what, advice[what], func(item *yaml.Node) {
			var condition buildoutput.Condition
			d.Fields(item, "a condition", strictyaml.Fields{
				"type": d.String(&condition.Type),
				"key":  d.String(&condition.Key),
				"value": func(n *yaml.Node) {
					condition.Value = &buildoutput.Match{}
					if n.Kind != yaml.MappingNode {
						d.String(&condition.Value.Pattern)(n)
						return
					}
					decodeOperators(d, n, &condition.Value.Operators)
				},
			})
			*into = append(*into, condition)
		})
	}
}

func decodeOperators(d *strictyaml.Document, n *yaml.Node, o *buildoutput.MatchOperators) {
	d.Fields(n, "a condition's value", strictyaml.Fields{
		"eq":   decodeOperand(d, &o.Eq),
		"neq":  decodeOperand(d, &o.Neq),
		"inc":  d.Strings(&o.Inc),
		"ninc": d.Strings(&o.Ninc),
		"pre":  d.String(&o.Pre),
		"suf":  d.String(&o.Suf),
		"re":   d.String(&o.Re),
		"gt":   optional(&o.Gt, decodeNumber(d)),
		"gte":  optional(&o.Gte, decodeNumber(d)),
		"lt":   optional(&o.Lt, decodeNumber(d)),
		"lte":  optional(&o.Lte, decodeNumber(d)),
	})
}

// decodeOperand decodes a text or a number; numbers become those of JSON.
func decodeOperand(d *strictyaml.Document, into *any) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Any(into)(n)
		if whole, ok := (*into).(int64); ok {
			*into = float64(whole)
		}
	}
}

func decodeNumber(d *strictyaml.Document) func(*float64) func(*yaml.Node) {
	return func(into *float64) func(*yaml.Node) {
		return func(n *yaml.Node) {
			var value any
			decodeOperand(d, &value)(n)
			number, ok := value.(float64)
			if !ok {
				d.Errorf(n, "write a number", "want a number, not %q", n.Value)
			}
			*into = number
		}
	}
}
