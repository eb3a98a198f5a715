package asset

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/isrgen/isrgen/generator/render"
)

// katexPackage is what npm writes where KaTeX is in a site.
const katexPackage = "node_modules/katex/package.json"

// katexTime is how long one formula may take.
const katexTime = 10 * time.Second

// katexProgram renders the formulas that it reads, a line each, and answers with a line each. Formulas can name no addresses, and neither
// make themselves of a size that breaks the page nor expand without end.
const katexProgram = `const katex = require('katex');
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { text, options } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(text, { ...options, trust: false, maxSize: 50, maxExpand: 1000 }) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
});`

// katex is KaTeX at work: one process, which is asked for one formula at a time. It begins when it is first asked.
type katex struct {
	mu      sync.Mutex
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// math renders a formula with the KaTeX that the site has from npm.
func (s *Store) math(op render.Operation) (*result, error) {
	if _, err := fs.Stat(s.options.Files, katexPackage); err != nil {
		return nil, &render.Error{File: "package.json", Message: "there is no KaTeX in this site, to render formulas",
			Advice: "run `npm install --save-dev katex` in it, or leave formulas to a script of the page: markup.passthrough.katex: false"}
	}
	html, err := s.katex.render(s.options.Context, s.options.Site, op.Text, op.Options)
	if err != nil {
		return nil, err
	}
	return &result{asset: &render.Asset{Path: "formula.html", MediaType: "text/html"}, content: []byte(html),
		reads: map[string]string{katexPackage: s.Sum(katexPackage)}}, nil
}

// render asks for one formula. A process that does not answer in time, or ends, is replaced by another the next time.
func (k *katex) render(ctx context.Context, site, text, options string) (string, error) {
	line, err := json.Marshal(map[string]any{"text": text, "options": json.RawMessage(options)})
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process == nil {
		if err := k.start(ctx, site); err != nil {
			return "", fmt.Errorf("formulas need Node.js, which runs KaTeX: %w", err)
		}
	}
	process := k.process
	overdue := time.AfterFunc(katexTime, func() { process.Process.Kill() })
	defer overdue.Stop()
	_, err = k.in.Write(append(line, '\n'))
	var said []byte
	if err == nil {
		said, err = k.out.ReadBytes('\n')
	}
	var answer struct{ HTML, Error string }
	if err == nil {
		err = json.Unmarshal(said, &answer)
	}
	if err != nil {
		k.close()
		return "", fmt.Errorf("KaTeX ended, or took more than %v, at %q: %w", katexTime, text, err)
	}
	if answer.Error != "" {
		return "", fmt.Errorf("the formula %q: %w", text, errors.New(answer.Error))
	}
	return answer.HTML, nil
}

// start begins the process, which sees nothing of the environment but where programs are.
func (k *katex) start(ctx context.Context, site string) (err error) {
	k.process = exec.CommandContext(ctx, "node", "-e", katexProgram)
	k.process.Dir, k.process.Env, k.process.WaitDelay = site, []string{"PATH=" + os.Getenv("PATH")}, time.Second
	out, err := k.process.StdoutPipe()
	if err == nil {
		k.in, err = k.process.StdinPipe()
	}
	if err == nil {
		k.out, err = bufio.NewReader(out), k.process.Start()
	}
	if err != nil {
		k.process = nil
	}
	return err
}

// close ends the process. The caller holds k.mu.
func (k *katex) close() {
	if k.process != nil {
		k.in.Close()
		k.process.Process.Kill()
		k.process.Wait()
		k.process = nil
	}
}

// Close ends what the store runs. It must not be used any more.
func (s *Store) Close() {
	s.katex.mu.Lock()
	defer s.katex.mu.Unlock()
	s.katex.close()
}
