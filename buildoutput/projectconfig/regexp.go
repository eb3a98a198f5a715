package projectconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dlclark/regexp2"
)

// checkRegexp says what keeps a text from being a regular expression of JavaScript, which is what the platform's tools take
// sources for. regexp2 knows groups besides, and lets a name stand twice.
func checkRegexp(text string) error {
	var names []string
	class := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '(' && !class && strings.HasPrefix(text[i+1:], "?"):
			kind := text[i+2:]
			name, _, named := strings.Cut(strings.TrimPrefix(kind, "<"), ">")
			switch {
			case slices.ContainsFunc([]string{":", "=", "!", "<=", "<!"}, func(k string) bool { return strings.HasPrefix(kind, k) }):
			case !strings.HasPrefix(kind, "<") || !named:
				return fmt.Errorf("(?%.1s begins no group that the platform knows", kind)
			case slices.Contains(names, name):
				return fmt.Errorf("the name %s stands twice", name)
			default:
				names = append(names, name)
			}
		}
	}
	_, err := regexp2.Compile(text, regexp2.ECMAScript)
	return err
}
