package buildoutput

import "fmt"

// validate finds what makes the platform's reader refuse a prerender config.
//
// Source: the constructor of Prerender in @vercel/build-utils.
func (c *PrerenderConfig) validate() error {
	switch {
	case c.BypassToken != "" && len(c.BypassToken) < MinBypassToken:
		return fmt.Errorf("bypassToken must be %d characters or more", MinBypassToken)
	case c.Group < 0:
		return fmt.Errorf("group must be a natural number")
	case c.InitialStatus < 0:
		return fmt.Errorf("initialStatus must be a natural number")
	case c.Chain != nil && c.Chain.OutputPath == "":
		return fmt.Errorf("chain must have an outputPath")
	}
	return nil
}
