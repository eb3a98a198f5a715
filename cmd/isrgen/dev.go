package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/generator"
)

// devFlags say what site to serve, and where.
type devFlags struct {
	options generator.Options
	clock   string
	bind    string
	port    int
	quiet   bool // nothing in pages that reloads them
}

func newDev() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:     "dev",
		Aliases: []string{"server", "serve"},
		Short:   "Serve the site while you write it",
		Long: `Dev renders pages when they are asked for, at the addresses that a build gives them, and has the browser load a page again when
something of the site changes: content, data, layouts, static files, isrgen.yaml. What is wrong with the site is shown over the page.

Nothing is written, and nothing is cached. Sources on the network are asked for their lists at the start, and when isrgen.yaml
changes. To see how the platform caches the pages, use isrgen build and isrgen preview.`,
		Example: `  isrgen dev
  isrgen dev -s mysite -D --port 8080`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPort(f.port); err != nil {
				return err
			}
			if err := readClock(f.clock, &f.options.Clock); err != nil {
				return err
			}
			if err := f.serve(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.options.Source, "source", "s", "", "`directory` of the site (default: the working directory)")
	flags.IntVarP(&f.port, "port", "p", 1313, "`port` to listen on; 0 takes any free one")
	flags.StringVar(&f.bind, "bind", "127.0.0.1", "`address` to listen on")
	flags.BoolVarP(&f.options.Drafts, "buildDrafts", "D", false, "include drafts")
	flags.BoolVarP(&f.options.Future, "buildFuture", "F", false, "include pages before their publishDate")
	flags.BoolVarP(&f.options.Expired, "buildExpired", "E", false, "include pages after their expiryDate")
	flags.StringVar(&f.clock, "clock", "", "the `time` that pages see, such as 2026-01-31T12:00:00Z (default: now)")
	flags.BoolVar(&f.quiet, "disableLiveReload", false, "serve pages as they are, without what loads them again")
	return cmd
}

// checkPort refuses what is no port.
func checkPort(port int) error {
	if port < 0 || port > 65535 {
		return fmt.Errorf("--port %d is not a port: choose one up to 65535, or 0 for any free one", port)
	}
	return nil
}

// listen takes a port, and says what to do if somebody has it.
func listen(bind string, port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(bind, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken: stop what listens there, or choose another with --port", port)
	}
	return listener, err
}

// serve runs the server until ctx ends.
func (f *devFlags) serve(ctx context.Context, stdout, stderr io.Writer) error {
	source, err := filepath.Abs(f.options.Source)
	if err != nil {
		return err
	}
	if _, err := os.Stat(source); err != nil {
		return fmt.Errorf("the site's directory: %w: name it with -s", err)
	}
	watcher, err := newWatcher(source)
	if err != nil {
		return err
	}
	defer watcher.close()
	listener, err := listen(f.bind, f.port)
	if err != nil {
		return err
	}
	server := newDevServer(generator.NewDev(f.options), listener.Addr().(*net.TCPAddr).IP.IsLoopback(), f.quiet, stderr)
	if err := server.dev.Reload(ctx); err != nil {
		listener.Close()
		return err
	}
	printDiagnostics(stderr, server.state().Faults)
	fmt.Fprintf(stdout, "Serving %s at http://%s/\n", source, hostOf(f.bind, listener))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	httpServer := &http.Server{
		Handler: server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }, // what waits for news ends with the server
	}
	stopped := make(chan error, 1)
	go func() { stopped <- httpServer.Serve(listener) }()
	for {
		select {
		case err := <-stopped:
			return err
		case <-ctx.Done():
			stop()
			drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
			defer cancel()
			return httpServer.Shutdown(drain)
		case changed := <-watcher.changes:
			server.reload(ctx, changed)
		case err := <-watcher.failures:
			fmt.Fprintln(stderr, "isrgen:", err)
		}
	}
}
