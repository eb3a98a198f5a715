package render

import "text/template/parse"

// returning lets return take a whole expression, as in Hugo: `return .Store.Get $key` hands on what the method gives. For package
// template these would be two arguments.
func returning(n parse.Node) (descend bool) {
	action, ok := n.(*parse.ActionNode)
	if !ok {
		return true
	}
	for _, command := range action.Pipe.Cmds {
		if id, ok := command.Args[0].(*parse.IdentifierNode); !ok || id.Ident != "return" || len(command.Args) < 3 {
			continue
		}
		whole := *command
		whole.Args = command.Args[1:]
		command.Args = []parse.Node{command.Args[0], &parse.PipeNode{NodeType: parse.NodePipe, Pos: command.Pos, Line: action.Pipe.Line, Cmds: []*parse.CommandNode{&whole}}}
	}
	return false
}
