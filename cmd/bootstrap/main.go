// Command bootstrap is the program inside every prerender function that isrgen makes. It renders one page for each
// invocation, from the bundle beside it.
//
// The platform starts it as a provided.al2023 function: it asks the Lambda Runtime API for events and posts the responses.
// It opens the bundle when it starts, reading nothing that grows with the number of pages. The site's authors are trusted to
// write templates; visitors are not: of a request, only the path and the query parameters that the page allows count.
//
// A page that comes from a source on the network is asked for there, and so are lists if the page is a list. Credentials are read from
// the environment variables that the site's configuration names.
//
// With ISRGEN_CLOCK, a time as in RFC 3339, templates see that time instead of the present one.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	handler, err := open(filepath.Dir(executable()))
	if err == nil {
		api := runtimeAPI{address: os.Getenv("AWS_LAMBDA_RUNTIME_API")}
		err = api.serve(handler.invoke)
	}
	// The message goes to the function's log; visitors see the platform's error page.
	fmt.Fprintln(os.Stderr, "isrgen:", err)
	os.Exit(1)
}

// executable is this program's own file: the bundle lies beside it, whatever the working directory is.
func executable() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
