// Command function is the bootstrap that the tests of emulator and preview compile: a Lambda function with the standard
// library alone, which does what the path of a request tells it.
//
//	/echo      answers with the request as JSON
//	/count     answers with how often the process was asked, and its id
//	/env       answers with the environment
//	/crash     ends the process, /error posts an error, /never does not answer, /slow answers after a while
//	/large/N   answers with N bytes, /status/N with a status, /strings without base64, /garbage with no JSON
//	/skip      asks for the next event instead of answering
//
// Anything else is answered as /echo. The variable START makes it end, fail or hang before the first event; with RECORD it
// writes each event to its output.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

type request struct {
	Host, Path, Method, Encoding, Body string
	Headers                            map[string]any
}

type response struct {
	StatusCode int                 `json:"statusCode"`
	Headers    map[string][]string `json:"headers"`
	Encoding   string              `json:"encoding"`
	Body       string              `json:"body"`
}

var api = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"

func main() {
	fmt.Println("started")
	switch os.Getenv("START") {
	case "exit":
		fmt.Fprintln(os.Stderr, "no reason to go on")
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	case "error":
		post("init/error", []byte(`{"errorMessage":"no database","errorType":"Config"}`))
		os.Exit(1)
	}
	for n := 1; ; n++ {
		id, req := next()
		answer(id, req, n)
	}
}

func next() (id string, req request) {
	resp, err := http.Get(api + "invocation/next")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	var event struct{ Action, Body string }
	if err := json.NewDecoder(resp.Body).Decode(&event); err != nil {
		os.Exit(4)
	}
	if err := json.Unmarshal([]byte(event.Body), &req); err != nil || event.Action != "Invoke" {
		os.Exit(5)
	}
	if os.Getenv("RECORD") != "" {
		fmt.Println("event", event.Body)
	}
	return resp.Header.Get("Lambda-Runtime-Aws-Request-Id"), req
}

func answer(id string, req request, n int) {
	path, _, _ := strings.Cut(req.Path, "?")
	switch {
	case path == "/count":
		reply(id, 200, []byte(fmt.Sprintf("%d %d", os.Getpid(), n)))
	case path == "/env":
		dir, _ := os.Getwd()
		reply(id, 200, []byte(strings.Join(append(os.Environ(), "cwd="+dir), "\n")))
	case path == "/crash":
		fmt.Fprint(os.Stderr, "panic: as told")
		os.Exit(7)
	case path == "/orphan":
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			os.Exit(8)
		}
		reply(id, 200, []byte(strconv.Itoa(cmd.Process.Pid)))
	case path == "/error":
		post("invocation/"+id+"/error", []byte(`{"errorMessage":"as told","errorType":"Test"}`))
	case path == "/never":
		time.Sleep(time.Hour)
	case path == "/slow":
		time.Sleep(200 * time.Millisecond)
		reply(id, 200, []byte("slow"))
	case strings.HasPrefix(path, "/large/"):
		size, _ := strconv.Atoi(strings.TrimPrefix(path, "/large/"))
		reply(id, 200, make([]byte, size))
	case path == "/strings":
		post("invocation/"+id+"/response", []byte(`{"statusCode":201,"headers":{"X-One":"1","X-Two":["a","b"]},"body":"plain é"}`))
	case path == "/garbage":
		post("invocation/"+id+"/response", []byte(`not json`))
	case path == "/skip":
	case strings.HasPrefix(path, "/status/"):
		status, _ := strconv.Atoi(strings.TrimPrefix(path, "/status/"))
		reply(id, status, []byte("status"))
	default:
		var body bytes.Buffer
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false) // so that tests can name a query as it is
		encoder.Encode(req)
		reply(id, 200, body.Bytes())
	}
}

func reply(id string, status int, body []byte) {
	payload, _ := json.Marshal(response{
		StatusCode: status,
		Headers:    map[string][]string{"Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}},
		Encoding:   "base64",
		Body:       base64.StdEncoding.EncodeToString(body),
	})
	post("invocation/"+id+"/response", payload)
}

func post(path string, body []byte) {
	resp, err := http.Post(api+path, "application/json", bytes.NewReader(body))
	if err != nil {
		os.Exit(6)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}
