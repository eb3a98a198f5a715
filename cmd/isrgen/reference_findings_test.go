package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// findingPages make a page for each code of `isrgen check`, and a list of them.
func findingPages(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../buildoutput/check/codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{} // the constants, codes and sources
	rules := map[string][]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			for i, name := range node.Names {
				if i < len(node.Values) {
					texts[name.Name] = text(node.Values[i], texts)
				}
			}
		case *ast.KeyValueExpr:
			if rule, ok := node.Value.(*ast.CompositeLit); ok {
				for _, value := range rule.Elts {
					code := text(node.Key, texts)
					rules[code] = append(rules[code], text(value, texts))
				}
			}
		}
		return true
	})
	if len(rules) < 20 {
		t.Errorf("only %d codes found: do they stand elsewhere now?", len(rules))
	}
	index := page("Findings", "What isrgen check finds, each with what happens and what to do.", 60)
	index.WriteString("`isrgen check` prints the name of each finding in brackets behind it. It does not change from one version to the next.\n")
	pages := map[string]string{"findings/_index.md": index.String()}
	for code, rule := range rules {
		if len(rule) != 3 {
			t.Errorf("the rule of %s has %d texts", code, len(rule))
			continue
		}
		b := page(code, sentence("", rule[0])+".", 0)
		fmt.Fprintf(b, "## What happens\n\n%s.\n\n## What to do\n\n%s.\n\n## How that is known\n\n%s.\n", sentence("", rule[0]), sentence("", rule[1]), sentence("", rule[2]))
		pages["findings/"+code+".md"] = b.String()
	}
	return pages
}

// text is what a literal or the name of a constant stands for.
func text(expr ast.Expr, constants map[string]string) string {
	switch e := expr.(type) {
	case *ast.BasicLit:
		value, _ := strconv.Unquote(e.Value)
		return value
	case *ast.Ident:
		return constants[e.Name]
	}
	return ""
}
