package emulator

import "fmt"

// Kind is what went wrong with an invocation.
type Kind int

// The kinds, with the platform's code for each.
const (
	Crashed          Kind = iota + 1 // the process ended during the invocation
	ExitedAtStart                    // the process ended, or could not be started, before it was ready
	InitFailed                       // the function reported that it cannot start
	HandlerFailed                    // the function reported an error for the event
	BadResponse                      // the answer is not what the platform understands
	TimedOut                         // maxDuration passed; the process was killed
	RequestTooLarge                  // the request's body is over MaxPayload
	ResponseTooLarge                 // the response's body is over MaxPayload
	Unsupported                      // the emulator does not know the runtime
	WrongPlatform                    // the executable is for another architecture or operating system
	PortTaken                        // something else listens where the function must
	Closed                           // the emulator was closed
)

// Codes of the platform for x-vercel-error. Those of an edge function have the prefix EDGE_. CodeUnsupported and
// CodePortTaken are isrgen's own.
//
// Source: the platform's documentation, "Errors".
const (
	CodeFailed           = "FUNCTION_INVOCATION_FAILED"
	CodeTimeout          = "FUNCTION_INVOCATION_TIMEOUT"
	CodeRequestTooLarge  = "FUNCTION_PAYLOAD_TOO_LARGE"
	CodeResponseTooLarge = "FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE"
	CodeUnsupported      = "ISRGEN_FUNCTION_RUNTIME_UNSUPPORTED"
	CodePortTaken        = "ISRGEN_FUNCTION_PORT_TAKEN"
)

// Error is a failed invocation.
type Error struct {
	Kind     Kind
	Function string // output path
	Detail   string // what happened, for whoever runs the preview; it may hold what the function said
	edge     bool
}

func newError(function string, kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Function: function, Detail: fmt.Sprintf(format, args...)}
}

// Error gives the function, the platform's code and the detail.
func (e *Error) Error() string {
	return fmt.Sprintf("function %s: %s: %s", e.Function, e.Code(), e.Detail)
}

// Code is the platform's name of the failure.
func (e *Error) Code() string {
	prefix := ""
	if e.edge {
		prefix = "EDGE_"
	}
	switch e.Kind {
	case TimedOut:
		return prefix + CodeTimeout
	case RequestTooLarge:
		return CodeRequestTooLarge
	case ResponseTooLarge:
		return CodeResponseTooLarge
	case Unsupported, WrongPlatform:
		return CodeUnsupported
	case PortTaken:
		return CodePortTaken
	default:
		return prefix + CodeFailed
	}
}

// Status is the HTTP status that the platform answers with.
func (e *Error) Status() int {
	switch e.Kind {
	case TimedOut:
		return 504
	case RequestTooLarge:
		return 413
	default:
		return 500
	}
}
