package generator

import (
	"net/url"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Secrets do not belong into a configuration: it has the names of environment variables. One that stands there all the same is not
// shown on a screen, in a log or in an issue.
var (
	secretName  = regexp.MustCompile(`(?i)password|passwd|secret|token|api_?-?key|credential|authorization|cookie|signature|^auth$|^sig$`)
	harmlessEnd = regexp.MustCompile(`(?i)env$`)
	userinfo    = regexp.MustCompile(`://[^/]*@`)
)

// hiddenValue stands in the place of a secret.
const hiddenValue = "(hidden)"

// hide takes away the values that look like secrets: of keys with such a name, of headers, and in addresses.
func (s *Settings) hide(n *yaml.Node, above string) {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			s.hide(item, above)
		}
	}
	if n.Kind == yaml.ScalarNode {
		if shown := hideInAddress(n.Value); shown != n.Value {
			n.Value = shown
			s.Hidden = append(s.Hidden, above)
		}
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		name := strings.TrimPrefix(above+"."+key, ".")
		header := strings.EqualFold(key, "value") && s.namesSecret(s.find(n, "key"))
		if value.Kind == yaml.ScalarNode && value.Tag != "!!bool" && value.Value != "" && (header || secretName.MatchString(key) && !harmlessEnd.MatchString(key)) {
			value.Tag, value.Value = "!!str", hiddenValue
			s.Hidden = append(s.Hidden, name)
			continue
		}
		s.hide(value, name)
	}
}

// namesSecret says whether a header with this name holds a secret.
func (s *Settings) namesSecret(key *yaml.Node) bool {
	return key != nil && secretName.MatchString(key.Value)
}

// hideInAddress takes the name and password, and the values of telling parameters, out of a web address.
func hideInAddress(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	before, query, hasQuery := strings.Cut(text, "?")
	before = userinfo.ReplaceAllString(before, "://"+hiddenValue+"@")
	if !hasQuery {
		return before
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if ok && value != "" && !strings.HasPrefix(value, "{") && (err != nil || secretName.MatchString(plain) || strings.EqualFold(plain, "key")) {
			parts[i] = name + "=" + hiddenValue
		}
	}
	return before + "?" + strings.Join(parts, "&")
}
