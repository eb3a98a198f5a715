package render

import "text/template/parse"

// Walk calls visit for a node of a template, and for those in it where visit says so, in the order of the text.
func Walk(n parse.Node, visit func(parse.Node) (descend bool)) {
	if !visit(n) {
		return
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			Walk(child, visit)
		}
	case *parse.ActionNode:
		Walk(n.Pipe, visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			Walk(n.Pipe, visit)
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			Walk(command, visit)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			Walk(arg, visit)
		}
	case *parse.ChainNode:
		Walk(n.Node, visit)
	}
}

func walkBranch(n *parse.BranchNode, visit func(parse.Node) bool) {
	Walk(n.Pipe, visit)
	Walk(n.List, visit)
	if n.ElseList != nil {
		Walk(n.ElseList, visit)
	}
}
