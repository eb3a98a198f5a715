// Command executable is a function of the runtime executable that the tests of emulator compile: a server with the standard
// library alone, which says over VERCEL_IPC_PATH how it is doing and does what the path of a request tells it.
//
//	/echo     answers with the request as JSON
//	/count    answers with how often the process was asked, and its id
//	/crash    ends the process, /fail ends the invocation with an error, /never does not answer, /slow answers after a while
//	/log      answers after it logged over the socket
//	/endless  answers, and never ends the invocation
//
// It listens on VERCEL_DEV_PORT or, without that, on PORT, whatever else has it. The variable START makes it exit, fail, or
// listen late.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var (
	ipc  net.Conn
	mu   sync.Mutex
	asks atomic.Int64
)

type object = map[string]any

func tell(kind string, payload object) {
	mu.Lock()
	defer mu.Unlock()
	message, _ := json.Marshal(object{"type": kind, "payload": payload})
	if ipc != nil {
		ipc.Write(append(message, 0))
	}
}

func main() {
	if path := os.Getenv("VERCEL_IPC_PATH"); path != "" {
		ipc, _ = net.Dial("unix", path)
	}
	port := os.Getenv("VERCEL_DEV_PORT")
	if port == "" {
		port = os.Getenv("PORT")
	}
	number, _ := strconv.Atoi(port)
	switch os.Getenv("START") {
	case "exit":
		os.Exit(3)
	case "fail":
		tell("unrecoverable-error", object{"exitCode": 1, "message": "no database"})
		os.Exit(1)
	case "late":
		tell("server-started", object{"initDuration": 1, "httpPort": number})
		time.Sleep(100 * time.Millisecond)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(5)
	}
	tell("server-started", object{"initDuration": 1, "httpPort": number})
	http.Serve(listener, http.HandlerFunc(serve))
}

func serve(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseUint(r.Header.Get("x-vercel-internal-request-id"), 10, 64)
	context := object{"invocationId": r.Header.Get("x-vercel-internal-invocation-id"), "requestId": id}
	end := object{"context": context}
	defer func() {
		if r.URL.Path != "/endless" {
			tell("end", end)
		}
	}()
	switch count := asks.Add(1); r.URL.Path {
	case "/count":
		fmt.Fprintf(w, "%d %d", os.Getpid(), count)
	case "/crash":
		os.Exit(7)
	case "/fail":
		end["error"] = object{"name": "Test", "message": "as told"}
		connection, _, _ := http.NewResponseController(w).Hijack()
		connection.Close()
	case "/never":
		time.Sleep(time.Hour)
	case "/slow":
		time.Sleep(200 * time.Millisecond)
		fmt.Fprint(w, "slow")
	case "/log":
		text := base64.StdEncoding.EncodeToString([]byte("one\ntwo\n"))
		tell("log", object{"context": context, "message": text, "level": "error"})
	default:
		dir, _ := os.Getwd()
		body, _ := io.ReadAll(r.Body)
		json.NewEncoder(w).Encode(object{
			"method": r.Method, "url": r.RequestURI, "host": r.Host, "header": r.Header, "body": string(body),
			"environment": os.Environ(), "dir": dir, "requestId": id,
		})
	}
}
