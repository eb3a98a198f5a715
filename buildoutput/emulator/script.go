package emulator

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
)

// launcher is the program that runs functions in JavaScript: it speaks as an executable function does,
// but serves on a Unix socket.
//
//go:embed launcher
var launcher embed.FS

// engine is a program that runs JavaScript.
type engine struct {
	name    string // of the executable
	title   string
	version string // expression that gives it
	oldest  int    // major version
	source  string // where to get it
}

var (
	nodeEngine = engine{"node", "Node.js", "process.versions.node", 20, "https://nodejs.org"} // 20 has the Web APIs of the platform
	bunEngine  = engine{"bun", "Bun", "process.versions.bun", 1, "https://bun.sh"}
)

// engineOf gives what runs a function, if that is JavaScript. Node.js stands in for the edge runtime.
func engineOf(config *buildoutput.FunctionConfig) (name string, ok bool) {
	switch {
	case config.Runtime == buildoutput.RuntimeEdge, strings.HasPrefix(config.Runtime, "nodejs"):
		return nodeEngine.name, true
	case strings.HasPrefix(config.Runtime, "bun"):
		return bunEngine.name, true
	}
	return "", false
}

// find finds the executable. What PATH leads to may be a version manager's script, which would not work in a function's
// environment, so that it is asked where the real one is.
func (e engine) find() (string, error) {
	install := fmt.Sprintf("install version %d or newer, from %s or by your package manager, and start the preview again", e.oldest, e.source)
	path, err := exec.LookPath(e.name)
	if err != nil {
		return "", fmt.Errorf("the function needs %s and there is no %s on PATH: %s", e.title, e.name, install)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--print", `process.execPath + "\n" + `+e.version).Output()
	if err != nil {
		return "", fmt.Errorf("the function needs %s and %s does not run: %w", e.title, path, err)
	}
	real, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < e.oldest || !filepath.IsAbs(real) {
		return "", fmt.Errorf("the function needs %s and %s is version %s: %s", e.title, path, version, install)
	}
	return real, nil
}

// launch tells the launcher what to do.
type launch struct {
	Socket    string                  `json:"socket"` // where to serve
	Root      string                  `json:"root"`
	Handler   string                  `json:"handler"` // file below root
	Helpers   bool                    `json:"helpers"` // req.query and so on
	WebAPI    bool                    `json:"webApi"`
	Lambda    string                  `json:"lambda"` // "gateway" or "invoke" for a handler of events, by the form of those
	Edge      bool                    `json:"edge"`
	Variables []string                `json:"variables"` // what an edge function sees of the environment
	Assets    []buildoutput.EdgeAsset `json:"assets"`
}

// scriptCommand gives what runs a function in JavaScript, below the directory of an instance.
func (p *program) scriptCommand(temp string) (path string, args []string, err error) {
	if err := os.CopyFS(temp, launcher); err != nil {
		return "", nil, err
	}
	task := launch{
		Socket:  httpSocket(temp),
		Root:    p.dir,
		Handler: p.config.Handler,
		Helpers: p.config.ShouldAddHelpers,
		WebAPI:  p.config.UseWebAPI,
		Lambda:  p.eventForm(),
	}
	args = []string{p.engine}
	name, _ := engineOf(p.config)
	switch {
	case name == bunEngine.name:
		args = append(args, "--no-install")
	case p.config.ShouldAddSourcemapSupport:
		args = append(args, "--enable-source-maps")
	}
	if p.config.Runtime == buildoutput.RuntimeEdge {
		task.Edge, task.Handler, task.Assets = true, p.config.Entrypoint, p.config.Assets
		task.Variables = p.edgeVariables()
		args = append(args, "--experimental-vm-modules", "--disallow-code-generation-from-strings", "--no-warnings")
	}
	if p.config.AWSLambdaHandler != "" {
		task.Handler = p.config.AWSLambdaHandler
	}
	text, err := json.Marshal(task)
	if err != nil {
		return "", nil, err
	}
	return p.engine, append(args, filepath.Join(temp, "launcher", "start.cjs"), string(text)), nil
}

// eventForm is empty for a function that answers HTTP requests. Without launcherType the platform puts no launcher of its own
// before a function.
func (p *program) eventForm() string {
	switch {
	case p.config.Runtime == buildoutput.RuntimeEdge:
		return ""
	case p.config.AWSLambdaHandler != "":
		return "gateway"
	case p.config.LauncherType == "":
		return "invoke"
	}
	return ""
}

// edgeVariables names the variables which an edge function sees: those of its config, and the caller's as far as it uses
// them.
func (p *program) edgeVariables() []string {
	names := maps.Clone(p.config.Environment)
	if names == nil {
		names = map[string]string{}
	}
	for name := range p.opts.Env {
		if p.config.EnvVarsInUse == nil || slices.Contains(p.config.EnvVarsInUse, name) {
			names[name] = ""
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// streams reports whether responses of the function can be streamed.
func (p *program) streams() bool {
	return p.config.Runtime == buildoutput.RuntimeEdge ||
		(p.config.SupportsResponseStreaming || p.config.ExperimentalResponseStreaming) && p.config.AWSLambdaHandler == ""
}
