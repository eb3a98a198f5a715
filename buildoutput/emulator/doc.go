// Package emulator is the platform's side of functions: it runs a .func directory and speaks to it as the platform does.
//
//	Emulator.Invoke ─┬► pool, one for each directory ─► process ─► the function's own program
//	                 │                                     │             │ polls
//	                 │                                     └─ runtimeAPI ◄┘
//	                 │
//	                 └► service, one for each directory ─► instance ─► a server of HTTP
//	                                                          │             │ tells how it is doing
//	                                                          └───── ipc ◄──┘
//
// A function of the runtime provided.al2023 is an executable named bootstrap. It asks the Lambda Runtime API for one event
// after the other, and a pool has as many processes of it as there are invocations at once, up to a limit.
//
// A function of the runtime executable is a server of HTTP, which announces itself over a Unix socket. A service has one
// instance of it, which answers many requests at once, and whose responses can be streams.
//
// Functions of Node.js, Bun and the edge runtime are such servers too: the program is the node or bun that PATH leads to, and
// what it runs is the launcher in this package, which loads the function in any of the forms that the platform takes and
// listens on a Unix socket. Node.js stands in for the edge runtime: the launcher makes its global object into that one's.
//
// A function with a filePathMap runs in a copy of its directory that has those files. Other runtimes, and those whose program
// this machine lacks, are an [Error] of the kind [Unsupported].
//
// # Choices
//
// Where the platform's documents say nothing, or this machine cannot do as they say, this package does the following.
//
//   - maxDuration covers the start of the process as well as the invocation. Absent and "max" mean 300 seconds, for edge
//     functions too. A response that was begun must have ended by then.
//   - 4.5 MB are 4.5 × 1024 × 1024 bytes of the body itself, before it is encoded. A stream has no limit.
//   - A response that is too large leaves the process alive: it is answered with 413, as AWS does.
//   - A visitor who leaves does not end the invocation, only the wait for it.
//   - A process that asks for the next event before it answered the last one gets 403, as from AWS's own emulator, and the
//     invocation fails at once.
//   - When more invocations wait than processes may run, they are served in the order of their arrival. MaxProcesses is for
//     pools: a service has one instance that takes requests.
//   - An instance that lets a request time out is asked nothing more, and killed when its other requests have ended.
//   - PATH is that of Lambda's image. HOME and TMPDIR are one directory for each process, removed after it.
//   - VERCEL_ENV is "preview". The NODE_ENV of Node.js is "production".
//   - Whatever version a function of Node.js or Bun is for, this machine's runs it; Node.js from version 20 on.
//   - The platform's proxy before a Go server listens on 127.0.0.1:3000, whatever it is told. Of the functions with that
//     habit one runs at a time: another one's request makes the first end once its requests have. A network namespace for
//     each would have its own port 3000, but no way to the network, which functions need for their data. Programs in Rust
//     get a port of their own in VERCEL_DEV_PORT.
//   - Of Node.js an edge function also sees Buffer, as on the platform, and global and setImmediate, which fetch needs.
package emulator
