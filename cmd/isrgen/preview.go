package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr"
	"github.com/isrgen/isrgen/buildoutput/preview"
)

// previewFlags say what to serve and where.
type previewFlags struct {
	dir      string
	bind     string
	port     int
	env      string
	quiet    bool
	log      string
	external []string

	regions   []string
	latency   []string
	store     string
	clock     bool
	inspector bool

	parsedRegions []isr.Region
}

func newPreview() *cobra.Command {
	var flags previewFlags
	cmd := &cobra.Command{
		Use:   "preview [DIR]",
		Short: "Serve a Build Output with the platform's behaviour",
		Long: `Preview serves a Build Output directory as the platform would: its routes, its static files, its functions as real
processes, and the ISR cache. It reads nothing but that directory, by default .vercel/output, and the files of the project
which that names.

Functions see no variable of your environment. Give them theirs with --env-file, a file of lines KEY=VALUE.

The response header x-vercel-cache says where a page came from, x-isrgen-reason why, and age how old it is. A new build is
served from the next request on.

Generated pages are kept for the next time, in a directory beside the output, in the one that --store names, or in a Redis or
Valkey server, which several previews can share. The outputs that were served are kept too: see isrgen deployments.

--regions makes several regions of this one, each with a memory of its own in front of the store. A request comes from the
region in its host, as in http://fra1.localhost:3000, or in the header x-isrgen-region, else from the first.

The inspector, at /__isrgen/, shows what each region holds and lets you act on it. It is on where nobody but this machine can
reach the preview.

Crons are listed and not run. The platform asks for them as printed, and sends "Authorization: Bearer $CRON_SECRET" besides
if the project has that variable.`,
		Example: `  isrgen preview
  isrgen preview ../shop/.vercel/output --port 8080
  isrgen preview --env-file .env.local
  isrgen preview --regions iad1,fra1,hnd1 --latency fra1=90ms --latency hnd1=160ms
  isrgen preview --store redis://localhost:6379
  curl -I http://localhost:3000/`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.dir = filepath.Join(".vercel", "output")
			if len(args) == 1 {
				flags.dir = args[0]
			}
			if err := checkPort(flags.port); err != nil {
				return err
			}
			level := slog.LevelInfo
			if flags.quiet {
				level = slog.LevelWarn
			}
			var err error
			if flags.parsedRegions, err = parseRegions(flags.regions, flags.latency); err != nil {
				return err
			}
			log, err := newLogger(cmd.ErrOrStderr(), flags.log, level)
			if err != nil {
				return err
			}
			if err := flags.serve(cmd.Context(), cmd.OutOrStdout(), log); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	cmd.Flags().IntVarP(&flags.port, "port", "p", 3000, "`port` to listen on; 0 takes any free one")
	cmd.Flags().StringVar(&flags.bind, "bind", "127.0.0.1", "`address` to listen on")
	cmd.Flags().StringVar(&flags.env, "env-file", "", "`file` of variables for functions, in lines KEY=VALUE; values may be quoted, # begins a comment")
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "no line for each request")
	cmd.Flags().StringVar(&flags.log, "log", logText, "`format` of the lines: "+logText+" for people or "+logJSON+" for programs")
	cmd.Flags().StringSliceVar(&flags.external, "allow-external", nil, "`hosts` that rewrites and images may be fetched from, "+
		"such as api.example.com,localhost:8000; \""+preview.AnyHost+"\" is all public ones (default: none)")
	cmd.Flags().StringSliceVar(&flags.regions, "regions", nil, "`names` of regions, such as iad1,fra1 (default: one, dev1)")
	cmd.Flags().StringSliceVar(&flags.latency, "latency", nil, "`distance` of a region to the store, as fra1=90ms; may be repeated")
	cmd.Flags().StringVar(&flags.store, "store", "", "`place` of generated pages: a directory, "+storeMemory+", or redis://host:6379 (default: a directory beside the output)")
	cmd.Flags().BoolVar(&flags.clock, "virtual-clock", false, "let the inspector advance the time by which pages age")
	cmd.Flags().BoolVar(&flags.inspector, "inspector", false, "serve the inspector although others may reach the preview")
	return cmd
}

// drainTime is how long requests and renders under way have to end after an interrupt.
const drainTime = 5 * time.Second

// serve runs the preview until ctx ends.
func (f *previewFlags) serve(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	env, err := readEnv(f.env)
	if err != nil {
		return err
	}
	state, err := stateDir(f.dir)
	if err != nil {
		return err
	}
	listener, err := listen(f.bind, f.port)
	if err != nil {
		return err
	}
	address := "http://" + hostOf(f.bind, listener)
	if _, err := os.Stat(filepath.Join(f.dir, "config.json")); err != nil {
		listener.Close()
		return noOutput(err)
	}
	store, err := openStore(f.store, state, log)
	if err != nil {
		listener.Close()
		return fmt.Errorf("--store: %w", err)
	}
	defer store.Close()
	server, err := preview.New(f.dir, preview.Options{
		Origin: address, Env: env, Log: log, AllowExternal: f.external,
		Store: store, Regions: f.parsedRegions, VirtualClock: f.clock, Deployments: filepath.Join(state, "deployments"),
		Inspector: f.inspector || listener.Addr().(*net.TCPAddr).IP.IsLoopback(),
	})
	if err != nil {
		listener.Close()
		return noOutput(err)
	}
	fmt.Fprintf(stdout, "Serving %s at %s/\n", f.dir, address)
	printCrons(stdout, server.Crons(), address)
	httpServer := &http.Server{
		Handler: server, ConnContext: preview.ConnContext, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	stopped := make(chan error, 1)
	go func() { stopped <- httpServer.Serve(preview.Cork(listener)) }()
	select {
	case err = <-stopped:
	case <-ctx.Done():
		err = nil
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(err, httpServer.Shutdown(drain), server.Close(drain))
}

// hostOf is where a browser on this machine reaches the listener at an address.
func hostOf(bind string, listener net.Listener) string {
	addr := listener.Addr().(*net.TCPAddr)
	host := bind
	if addr.IP.IsLoopback() || addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(addr.Port))
}

// printCrons lists what the platform would ask for on a schedule, each as a command that does it now.
func printCrons(w io.Writer, crons []buildoutput.Cron, address string) {
	if len(crons) == 0 {
		return
	}
	fmt.Fprintln(w, "Crons run on the platform alone. To run one here:")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, cron := range crons {
		fmt.Fprintf(table, "  %s\tcurl -A vercel-cron/1.0 %s\n", printable(cron.Schedule), shellWord(printable(address+cron.Path)))
	}
	table.Flush()
}

// shellWord quotes a text for a POSIX shell where it must be.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r < 0x7f && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/:.-_~%+,@", r))
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
