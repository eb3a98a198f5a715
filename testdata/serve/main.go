// Command serve measures how fast isrgen preview answers, beside other servers that send the same page.
//
// It starts one server at a time on a free port of the loopback interface, loads it with wrk, and asks the system what the
// server's processes took. Rounds over all servers alternate, so that whatever else the machine does meets all of them, and
// ratios are taken within a round. What is not installed is left out and said so. See `make bench-serve`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

type options struct {
	isrgen, caddy, next string // programs, and the directory of the Next.js site
	rounds              int
	duration            time.Duration
	connections         int
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "bare" {
		fmt.Fprintln(os.Stderr, serveBare(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	var o options
	flag.StringVar(&o.isrgen, "isrgen", "bin/isrgen", "`program` to measure")
	flag.StringVar(&o.caddy, "caddy", "bin/bench/caddy", "`program` to compare with")
	flag.StringVar(&o.next, "next", "testdata/serve/next", "`directory` of a Next.js site that was built")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each server is loaded")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "how long a load lasts")
	flag.IntVar(&o.connections, "connections", 32, "how many connections a load has")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "isrgen-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	load, err := newLoad(dir, o)
	if err != nil {
		return err
	}
	for _, program := range []*string{&o.isrgen, &o.caddy, &o.next} {
		if *program, err = filepath.Abs(*program); err != nil {
			return err
		}
	}
	outputs, err := newOutputs(ctx, dir, o.isrgen)
	if err != nil {
		return err
	}
	servers := serversOf(o, outputs)
	printMachine(o, servers)
	time.Sleep(settled)
	var rounds []round
	for n := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", n+1, o.rounds)
		r := round{}
		for i := range servers {
			s := &servers[i]
			if s.absent != nil {
				continue
			}
			if r[s.name], err = s.measure(ctx, load); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		rounds = append(rounds, r)
	}
	printTable(servers, rounds)
	printRatios(rounds)
	return nil
}

// settled is how long the files of an output have been as they are before it is measured. The preview, and others, trust
// those more that have not just been written.
const settled = 2 * time.Second

// measure starts a server, loads it, and stops it.
func (s *server) measure(ctx context.Context, load *load) (m measurement, err error) {
	p, err := s.start(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := s.check(p.address); err != nil {
		return m, err
	}
	if _, err := load.run(ctx, p.address+s.path, time.Second); err != nil { // to warm up
		return m, err
	}
	before, err := p.usage()
	if err != nil {
		return m, err
	}
	l, err := load.run(ctx, p.address+s.path, load.duration)
	if err != nil {
		return m, err
	}
	after, err := p.usage()
	if err != nil {
		return m, err
	}
	return measurement{
		throughput: float64(l.Requests) / (l.Micros / 1e6),
		cpu:        (after.cpu - before.cpu).Seconds() * 1e6 / float64(l.Requests),
		p50:        l.P50,
		p99:        l.P99,
		memory:     float64(after.memory) / (1 << 20),
	}, nil
}
