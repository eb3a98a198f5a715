// Command cms is the content management system of the tests as a program, for the tutorial of testdata/site/shop: a catalogue with a
// database, which is edited with curl.
//
//	go run ./testdata/cms
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/isrgen/isrgen/generator/cmstest"
)

func main() {
	address := flag.String("address", "localhost:4000", "where to listen")
	products := flag.Int("products", 10_000, "how many products there are")
	flag.Parse()
	if err := run(*address, *products); err != nil {
		fmt.Fprintln(os.Stderr, "cms:", err)
		os.Exit(1)
	}
}

// run serves until it is interrupted. The database goes with it.
func run(address string, products int) (err error) {
	dir, err := os.MkdirTemp("", "cms-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cms, err := cmstest.StartAt(dir, address)
	if err != nil {
		return err
	}
	defer cms.Close()
	if err := cms.Store(cmstest.Catalogue(products)...); err != nil {
		return err
	}
	cms.Token = os.Getenv("CMS_TOKEN")
	fmt.Printf("%d products at http://%s/items\n", products, address)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	return nil
}
