package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// server is one that is measured.
type server struct {
	name    string
	version string
	path    string            // that is asked for
	header  map[string]string // that the answer must have before it counts
	absent  error             // why it is left out
	start   func(ctx context.Context) (*process, error)
}

func serversOf(o options, out *outputs) []server {
	self, err := os.Executable()
	page := filepath.Join(out.page, "page.html")
	servers := []server{
		{name: "bare", path: filePath, absent: err, version: "net/http of " + version("go", "version"),
			start: func(ctx context.Context) (*process, error) { return at(ctx, self, "bare", page, "ADDRESS") }},
		{name: "isrgen static", path: filePath, header: map[string]string{"X-Vercel-Cache": "HIT"},
			start: preview(o.isrgen, out.routed)},
		{name: "isrgen ISR", path: cachedPath, header: map[string]string{"X-Vercel-Cache": "HIT"},
			start: preview(o.isrgen, out.cached)},
	}
	return append(servers, caddy(o, out), nginx(out), varnish(self, page, out), next(o))
}

// preview is isrgen preview. Its port is free a moment before.
func preview(isrgen, dir string) func(ctx context.Context) (*process, error) {
	return func(ctx context.Context) (*process, error) {
		return at(ctx, isrgen, "preview", dir, "--quiet", "--port", "PORT")
	}
}

// at starts a program. ADDRESS and PORT in its arguments become a free address and its port.
func at(ctx context.Context, program string, args ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	replace := strings.NewReplacer("ADDRESS", address, "PORT", port)
	replaced := make([]string, len(args))
	for i, arg := range args {
		replaced[i] = replace.Replace(arg)
	}
	return startProcess(ctx, address, exec.Command(program, replaced...))
}

// version is the first line that a program prints, and nothing if it does not run.
func version(program string, args ...string) string {
	out, _ := exec.Command(program, args...).CombinedOutput()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// check asks until the answer is a page with the headers that it must have.
func (s *server) check(address string) error {
	var failure error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(address + s.path)
		if err != nil {
			failure = err
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			failure = err
		case resp.StatusCode != http.StatusOK || len(body) < 9<<10 || len(body) > 11<<10:
			failure = fmt.Errorf("%s with %d bytes", resp.Status, len(body))
		default:
			if failure = s.missing(resp.Header); failure == nil {
				return nil
			}
		}
	}
	return failure
}

func (s *server) missing(h http.Header) error {
	for name, want := range s.header {
		if got := h.Get(name); got != want {
			return fmt.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	return nil
}

// serveBare is a handler that writes a page from memory. It runs in a process of its own.
func serveBare(page, address string) error {
	body, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	length := strconv.Itoa(len(body))
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", length)
		h.Set("Cache-Control", "max-age=3600")
		w.Write(body)
	}))
}

func caddy(o options, out *outputs) server {
	s := server{name: "Caddy", path: filePath}
	info, err := buildinfo.ReadFile(o.caddy)
	if s.absent = err; err != nil {
		return s
	}
	s.version = info.Main.Version + " of " + info.GoVersion
	s.start = func(ctx context.Context) (*process, error) {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		config := "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\nhttp://" + address + " {\n\troot * " + out.page + "\n\tfile_server\n}\n"
		if err := write(out.dir, map[string]string{"caddy/Caddyfile": config}); err != nil {
			return nil, err
		}
		cmd := exec.Command(o.caddy, "run", "--config", filepath.Join(out.dir, "caddy", "Caddyfile"))
		cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+out.dir, "XDG_CONFIG_HOME="+out.dir)
		return startProcess(ctx, address, cmd)
	}
	return s
}

func nginx(out *outputs) server {
	s := server{name: "nginx", path: filePath, version: version("nginx", "-v")}
	program, err := exec.LookPath("nginx")
	if s.absent = err; err != nil {
		return s
	}
	s.start = func(ctx context.Context) (*process, error) {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		config := `daemon off;
user root;
worker_processes auto;
pid nginx.pid;
error_log stderr;
events {}
http {
	types { text/html html; }
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 100000000;
	server { listen ` + address + `; root ` + out.page + `; }
}
`
		if os.Getuid() != 0 {
			config = strings.Replace(config, "user root;\n", "", 1)
		}
		if err := write(out.dir, map[string]string{"nginx/nginx.conf": config}); err != nil {
			return nil, err
		}
		dir := filepath.Join(out.dir, "nginx")
		return startProcess(ctx, address, exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "stderr"))
	}
	return s
}

// varnish has the bare handler behind it, which it asks once.
func varnish(self, page string, out *outputs) server {
	s := server{name: "Varnish", path: filePath, version: version("varnishd", "-V")}
	program, err := exec.LookPath("varnishd")
	if s.absent = err; err != nil {
		return s
	}
	s.start = func(ctx context.Context) (*process, error) {
		origin, err := at(ctx, self, "bare", page, "ADDRESS")
		if err != nil {
			return nil, err
		}
		p, err := at(ctx, program, "-F", "-j", "none", "-a", "ADDRESS", "-b", strings.TrimPrefix(origin.address, "http://"),
			"-n", filepath.Join(out.dir, "varnish"), "-s", "malloc,64m")
		if err != nil {
			return nil, errors.Join(err, origin.stop())
		}
		p.before = append(p.before, origin.stop)
		return p, nil
	}
	return s
}

// next is `next start`, run without npm in between.
func next(o options) server {
	s := server{name: "next start", path: "/page", header: map[string]string{"X-Nextjs-Cache": "HIT"}}
	node, err := exec.LookPath("node")
	if s.absent = err; err != nil {
		return s
	}
	program := filepath.Join(o.next, "node_modules", "next", "dist", "bin", "next")
	if _, s.absent = os.Stat(filepath.Join(o.next, ".next", "BUILD_ID")); s.absent != nil {
		return s
	}
	s.version = version(node, program, "--version") + ", Node.js " + version(node, "--version")
	s.start = func(ctx context.Context) (*process, error) {
		return at(ctx, node, program, "start", o.next, "-H", "127.0.0.1", "-p", "PORT")
	}
	return s
}
