// Package emulator is the platform's side of functions: it runs a .func directory and speaks to it as the platform does.
//
//	Emulator.Invoke ─► pool, one for each directory ─► process ─► the function's own program
//	                                                      │             │ polls
//	                                                      └─ runtimeAPI ◄┘
//
// A function of the runtime provided.al2023 is an executable named bootstrap. It asks the Lambda Runtime API for one event
// after the other, and a pool has as many processes of it as there are invocations at once, up to a limit. Other runtimes
// are an [Error] of the kind [Unsupported].
//
// # Choices
//
// Where the platform's documents say nothing, this package does the following.
//
//   - maxDuration covers the start of the process as well as the invocation. Absent and "max" mean 300 seconds.
//   - 4.5 MB are 4.5 × 1024 × 1024 bytes of the body itself, before it is encoded.
//   - A response that is too large leaves the process alive: it is answered with 413, as AWS does.
//   - A visitor who leaves does not end the invocation, only the wait for it.
//   - A process that asks for the next event before it answered the last one gets 403, as from AWS's own emulator, and the
//     invocation fails at once.
//   - When more invocations wait than processes may run, they are served in the order of their arrival.
//   - PATH is that of Lambda's image. HOME and TMPDIR are one directory for each process, removed after it.
package emulator
