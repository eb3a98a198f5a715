package redis

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// purges is how many regenerations a run of the benchmarks measures at least.
const purges = 10_000

// counter renders a page that is the number of its render.
type counter struct{ renders atomic.Int64 }

func (c *counter) Render(context.Context, *isr.Request) (*isr.Response, error) {
	return &isr.Response{Status: 200, Body: strconv.AppendInt(nil, c.renders.Add(1), 10)}, nil
}

func (c *counter) Fallback(string) (*isr.Response, error) { return nil, nil }

func benchCache(store isr.Store, renderer isr.Renderer, regions []isr.Region) *isr.Cache {
	return isr.New(isr.Options{Store: store, Renderer: renderer, Regions: regions, Prerenders: map[string]*buildoutput.Prerender{
		key.Output: {Config: buildoutput.PrerenderConfig{BypassToken: token, Expiration: &buildoutput.Expiration{Never: true}}},
	}})
}

// read gives the number on the page, 0 for none.
func read(cache *isr.Cache, region string) int64 {
	result, err := cache.Get(context.Background(), &isr.Request{Key: key, Region: region})
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(result.Response.Body), 10, 64)
	return n
}

// report gives the distribution of the times from the end of a regeneration to the first new bytes elsewhere.
func report(b *testing.B, latencies []time.Duration) {
	slices.Sort(latencies)
	at := func(q float64) float64 {
		return float64(latencies[int(q*float64(len(latencies)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(300, "goal-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPurgeRegions: 32 regions in one process, all of them read all the time.
func BenchmarkPurgeRegions(b *testing.B) {
	var regions []isr.Region
	for i := range 32 {
		regions = append(regions, isr.Region{Name: fmt.Sprintf("region%d", i)})
	}
	cache := benchCache(&isr.Memory{}, &counter{}, regions)
	defer cache.Close(context.Background())
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for _, r := range regions {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					read(cache, r.Name)
				}
			}
		})
	}
	var latencies []time.Duration
	for i := 0; i < max(b.N, purges); i++ {
		result, err := cache.Get(b.Context(), &isr.Request{Key: key, Revalidate: token, Region: regions[i%len(regions)].Name})
		if err != nil {
			b.Fatal(err)
		}
		done := time.Now()
		want, _ := strconv.ParseInt(string(result.Response.Body), 10, 64)
		for _, r := range regions {
			for read(cache, r.Name) < want {
			}
		}
		latencies = append(latencies, time.Since(done))
	}
	close(stop)
	readers.Wait()
	report(b, latencies)
}

const benchReader = "ISRGEN_BENCH_READER"

// TestMain is a reader of the benchmark where that asks for one.
func TestMain(m *testing.M) {
	if address := os.Getenv(benchReader); address != "" {
		readForever(address)
	}
	os.Exit(m.Run())
}

// readForever reads the page and says when it first sees each version. It ends when its input does.
func readForever(address string) {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	store, err := Open(address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cache := benchCache(store, &counter{}, nil)
	for last := int64(-1); ; time.Sleep(200 * time.Microsecond) {
		if n := read(cache, ""); n != last {
			last = n
			fmt.Println(n, time.Now().UnixNano())
		}
	}
}

// sighting is when a process first saw a version of the page.
type sighting struct{ version, nanos int64 }

// BenchmarkPurgeProcesses: 8 processes share a Redis server; seven of them read all the time what the eighth regenerates.
func BenchmarkPurgeProcesses(b *testing.B) {
	s := startServer(b)
	store := s.open()
	cache := benchCache(store, &counter{}, nil)
	defer cache.Close(context.Background())
	read(cache, "")
	seen := make(chan sighting, 1<<16)
	const others = 7
	for range others {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), benchReader+"=redis://127.0.0.1:"+s.port)
		cmd.Stderr = os.Stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		defer cmd.Wait()
		defer stdin.Close()
		go func() {
			for lines := bufio.NewScanner(stdout); lines.Scan(); {
				var at sighting
				fmt.Sscan(lines.Text(), &at.version, &at.nanos)
				seen <- at
			}
		}()
	}
	await := func(version int64) (last time.Time) {
		for n := 0; n < others; {
			select {
			case at := <-seen:
				if at.version == version {
					n++
					last = time.Unix(0, max(at.nanos, last.UnixNano()))
				}
			case <-time.After(10 * time.Second):
				b.Fatalf("after 10 s only %d of %d processes have version %d", n, others, version)
			}
		}
		return last
	}
	await(1)
	var latencies []time.Duration
	for i := 0; i < max(b.N, purges); i++ {
		result, err := cache.Get(b.Context(), &isr.Request{Key: key, Revalidate: token})
		if err != nil {
			b.Fatal(err)
		}
		done := time.Now()
		version, _ := strconv.ParseInt(string(result.Response.Body), 10, 64)
		latencies = append(latencies, max(0, await(version).Sub(done)))
	}
	report(b, latencies)
}
