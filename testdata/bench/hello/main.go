// Command hello is the least web server that Go programs can be: it says hello. It listens on the address that it is given and does
// nothing else. How long it takes from its start to its first response is the least that a function could take.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello\n") })
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], nil))
	os.Exit(1)
}
