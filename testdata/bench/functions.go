package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/isrgen/isrgen/generator/content"
)

// starts are the processes that are started of each program: a start takes milliseconds.
const starts = 41

// small is a site of as few pages as functions are compared with.
const small = 200

// compareFunctions makes the rows about functions: how they start with a small and a large bundle, how they render, and their size.
func (b *bench) compareFunctions() error {
	sizes := []int{small, b.pages}
	if b.large > 0 {
		sizes[1] = b.large
	}
	dirs := make([]string, len(sizes))
	for i, pages := range sizes {
		var err error
		if dirs[i], err = b.deferredFunction(pages); err != nil {
			return err
		}
	}
	if err := b.compareStarts(sizes, dirs); err != nil {
		return err
	}
	if err := b.compareRenders(sizes[1], dirs[1]); err != nil {
		return err
	}
	return b.rowsOfSizes(sizes[1], dirs[1])
}

func (b *bench) rowsOfSizes(pages int, dir string) error {
	for _, file := range []struct {
		label, name string
		limit       float64
	}{{"size of bootstrap", "bootstrap", 10}, {fmt.Sprintf("size of the bundle, %d pages", pages), content.BundleFile, 0}} {
		info, err := os.Stat(filepath.Join(dir, file.name))
		if err != nil {
			return err
		}
		b.table.figure(file.label, "MiB", float64(info.Size())/(1<<20), file.limit)
	}
	return nil
}

// deferredFunction builds a site whose posts are deferred, and returns the directory of its function.
func (b *bench) deferredFunction(pages int) (dir string, err error) {
	s, err := b.newSite(pages)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(s.dir)
	if err := b.configure(s, deferPosts); err != nil {
		return "", err
	}
	out := filepath.Join(b.dir, fmt.Sprint("function-", pages))
	_, err = measure(b.isrgen, "build", "-s", s.dir, "-d", out)
	return filepath.Join(out, "functions", "_isrgen.func"), err
}

// lastPost is the address of the last post of a corpus.
func lastPost(pages int) string {
	return fmt.Sprintf("/posts/%03d/post-%06d/", (pages-1)/1000, pages-1)
}

func (b *bench) compareStarts(sizes []int, dirs []string) error {
	var hello, smallest, largest series
	for range starts {
		took, err := b.startHello()
		if err != nil {
			return err
		}
		hello = append(hello, took)
		for i, into := range []*series{&smallest, &largest} {
			if took, err = startFunction(filepath.Join(dirs[i], "bootstrap"), lastPost(sizes[i])); err != nil {
				return err
			}
			*into = append(*into, took)
		}
	}
	label := fmt.Sprintf("function, start to first response, %d pages", sizes[1])
	median := func(s series) series { return series{s.median()} }
	b.table.compare(label, "ms", median(largest), median(hello), "hello server", 2)
	b.table.compare(label, "ms", median(largest), median(smallest), fmt.Sprintf("%d pages", sizes[0]), 1.1)
	return nil
}

// startHello starts the least web server and returns the milliseconds until its first response.
func (b *bench) startHello() (float64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // to find a free port
	if err != nil {
		return 0, err
	}
	address := listener.Addr().String()
	listener.Close()
	cmd := exec.Command(b.hello, address)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for time.Since(started) < 5*time.Second {
		response, err := client.Get("http://" + address)
		if err != nil {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return float64(time.Since(started).Microseconds()) / 1000, err
	}
	return 0, fmt.Errorf("%s does not answer", address)
}

// runtimeAPI is as much of the platform's side of a function as one invocation needs.
type runtimeAPI struct {
	server   *http.Server
	address  string
	events   chan []byte
	response chan []byte
}

func newRuntimeAPI() (*runtimeAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &runtimeAPI{address: listener.Addr().String(), events: make(chan []byte), response: make(chan []byte, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-p.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Write(event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/1/response", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.response <- body
		w.WriteHeader(http.StatusAccepted)
	})
	p.server = &http.Server{Handler: mux}
	go p.server.Serve(listener)
	return p, nil
}

// startFunction starts a function, with a platform of its own, and returns the milliseconds until its response for a deferred page.
func startFunction(program, page string) (float64, error) {
	p, err := newRuntimeAPI()
	if err != nil {
		return 0, err
	}
	defer p.server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]any{"method": "GET", "path": "/_isrgen/posts?__isrgen_path=" + url.QueryEscape(page)})
	if err != nil {
		return 0, err
	}
	event, err := json.Marshal(map[string]any{"body": string(body)})
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + p.address, "AWS_LAMBDA_FUNCTION_NAME=bench"}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	select {
	case p.events <- event:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case text := <-p.response:
		took := float64(time.Since(started).Microseconds()) / 1000
		var response struct{ StatusCode int }
		if err := json.Unmarshal(text, &response); err != nil || response.StatusCode != 200 {
			return 0, fmt.Errorf("the function's response for %s is %.200s, %v", page, text, err)
		}
		return took, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
