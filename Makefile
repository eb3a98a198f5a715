# isrgen. `make demo` shows it, `make test` checks all of it; both set up what they need, given Go, Node.js, npm and git.

.DELETE_ON_ERROR:
.PHONY: build demo test tools bench clean FORCE

# The functions of prerendered pages are Linux executables whatever this machine is. generator/compile has the same flags.
REPRODUCIBLE = -trimpath -buildvcs=false -ldflags='-s -w -buildid='
CARRIED      = generator/compile/carried
DEMO         = testdata/site/blog
PORT        ?= 3000

# The race detector needs a C compiler.
RACE := $(if $(shell command -v gcc),-race)

build: bin/isrgen ## bin/isrgen, which carries the functions for both architectures

bin/isrgen: $(CARRIED)/bootstrap_amd64 $(CARRIED)/bootstrap_arm64 FORCE
	CGO_ENABLED=0 go build -tags carry_bootstrap -trimpath -buildvcs=false -ldflags='-s -w' -o $@ ./cmd/isrgen

$(CARRIED)/bootstrap_%: FORCE
	@mkdir -p $(CARRIED)
	GOOS=linux GOARCH=$* CGO_ENABLED=0 go build $(REPRODUCIBLE) -o $@ ./cmd/bootstrap

demo: build ## build the sample site and serve it
	bin/isrgen build -s $(DEMO)
	bin/isrgen preview $(DEMO)/.vercel/output --port $(PORT)

test: build tools testdata/judge/node_modules ## everything
	@test -z "$$(gofmt -l cmd generator buildoutput templates)" || { gofmt -l cmd generator buildoutput templates; echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go test ./cmd/... ./generator/... ./templates/...
	go test $(RACE) ./buildoutput/...

# The commands of the README, which a test runs, use these. Without them that test is skipped.
tools:
	@missing=; for tool in curl openssl; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	test -z "$$missing" || { apt-get update && apt-get install -y --no-install-recommends $$missing; } || \
	echo "the commands of the README are not tested: install$$missing"

# The platform's own reader and validator of outputs.
testdata/judge/node_modules: testdata/judge/package-lock.json
	cd testdata/judge && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

bench: build ## what is fast and what is flat, as Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin $(CARRIED) testdata/judge/node_modules $(DEMO)/.vercel
