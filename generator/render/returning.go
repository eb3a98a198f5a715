package render

import "text/template/parse"

// returning lets return take a whole expression, as in Hugo: `return .Store.Get $key` hands on what the method gives. For package
// template these would be two arguments.
type returning struct{}

func (r returning) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			r.node(child)
		}
	case *parse.ActionNode:
		r.pipe(n.Pipe)
	case *parse.IfNode:
		r.branch(&n.BranchNode)
	case *parse.RangeNode:
		r.branch(&n.BranchNode)
	case *parse.WithNode:
		r.branch(&n.BranchNode)
	}
}

func (r returning) branch(n *parse.BranchNode) {
	r.node(n.List)
	if n.ElseList != nil {
		r.node(n.ElseList)
	}
}

func (r returning) pipe(p *parse.PipeNode) {
	for _, command := range p.Cmds {
		if id, ok := command.Args[0].(*parse.IdentifierNode); !ok || id.Ident != "return" || len(command.Args) < 3 {
			continue
		}
		whole := *command
		whole.Args = command.Args[1:]
		command.Args = []parse.Node{command.Args[0], &parse.PipeNode{NodeType: parse.NodePipe, Pos: command.Pos, Line: p.Line, Cmds: []*parse.CommandNode{&whole}}}
	}
}
