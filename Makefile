# isrgen. `make demo` shows it, `make test` checks all of it; both set up what they need, given Go, Node.js, npm and git.

.DELETE_ON_ERROR:
.PHONY: build demo docs test tools conformance themes bench bench-serve bench-hugo peers affected manypages clean FORCE

# The functions of prerendered pages are Linux executables whatever this machine is. generator/compile has the same flags.
REPRODUCIBLE = -trimpath -buildvcs=false -ldflags='-s -w -buildid='
CARRIED      = generator/compile/carried
DEMO         = testdata/site/blog
PORT        ?= 3000

# The race detector needs a C compiler.
RACE := $(if $(shell command -v gcc),-race)

build: bin/isrgen ## bin/isrgen, which carries the functions for both architectures

# With nodynamic, images are encoded by nothing but what the program carries, and it needs no library of the system.
bin/isrgen: $(foreach program,bootstrap_amd64 bootstrap_arm64 offline_amd64 offline_arm64,$(CARRIED)/$(program).gz) FORCE
	CGO_ENABLED=0 go build -tags carry_bootstrap,nodynamic -trimpath -buildvcs=false -ldflags='-s -w' -o $@ ./cmd/isrgen

# Functions of sites that ask nobody on the network are made without what asks, and are a third smaller.
$(CARRIED)/bootstrap_%.gz: FORCE
	@mkdir -p $(CARRIED)
	GOOS=linux GOARCH=$* CGO_ENABLED=0 go build $(REPRODUCIBLE) -tags nethttpomithttp2 -o $(basename $@) ./cmd/bootstrap
	gzip -9nkf $(basename $@)

$(CARRIED)/offline_%.gz: FORCE
	@mkdir -p $(CARRIED)
	GOOS=linux GOARCH=$* CGO_ENABLED=0 go build $(REPRODUCIBLE) -tags offline -o $(basename $@) ./cmd/bootstrap
	gzip -9nkf $(basename $@)

demo: build ## build the sample site and serve it
	bin/isrgen build -s $(DEMO)
	bin/isrgen preview $(DEMO)/.vercel/output --port $(PORT)

docs: build ## build the documentation and serve it
	bin/isrgen build -s testdata/site/docs
	bin/isrgen preview testdata/site/docs/.vercel/output --port $(PORT)

test: build tools testdata/browser/node_modules testdata/judge/node_modules testdata/judge/cli/node_modules ## everything
	@test -z "$$(gofmt -l cmd generator buildoutput templates testdata/bench testdata/conformance/functions)" || { gofmt -l cmd generator buildoutput templates testdata/bench testdata/conformance/functions; echo 'run gofmt -w on these'; exit 1; }
	go vet ./... ./testdata/bench/... ./testdata/conformance/functions
	go test ./cmd/... ./generator/... ./templates/...
	go test $(RACE) ./buildoutput/...

# What tests use besides Go and Node.js, as COMMAND=PACKAGE,…; the last is a browser, unless CHROME_PATH names one. Tests whose tool
# is missing are skipped and say so.
TOOLS   = curl=curl openssl=openssl redis-server=redis-server $(if $(CHROME),,chromium=chromium,fonts-dejavu-core)
CHROME  = $(or $(CHROME_PATH),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))

WITHOUT = Tests that need one of these are skipped

tools:
	@missing=; for tool in $(TOOLS); do command -v $${tool%%=*} >/dev/null || missing="$$missing $${tool#*=}"; done; \
	missing=$$(echo $$missing | tr , ' '); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && grep -qx ID=debian /etc/os-release 2>/dev/null; then \
		echo "installing $$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else false; \
	fi || echo "$(WITHOUT): install $$missing"

# The platform's own reader and validator of outputs, and the driver of a browser.
testdata/%/node_modules: testdata/%/package-lock.json
	cd testdata/$* && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# The platform's command line tool. What is optional are copies of it as a program, of 160 MB each.
testdata/judge/cli/node_modules: testdata/judge/cli/package-lock.json
	cd testdata/judge/cli && npm ci --omit=optional --no-audit --no-fund --ignore-scripts
	@touch $@

# UPDATE=1 writes the table of the run to README.md.
conformance: testdata/judge/cli/node_modules ## outputs of other frameworks, built with npm and served; and themes of Hugo
	go test ./cmd/isrgen -run '^TestConformance$$' -conformance -count 1 -v -timeout 60m $(if $(UPDATE),-update)
	$(MAKE) --no-print-directory themes UPDATE=

# Hugo is what isrgen is compared with. The version is the newest that the toolchain of go.mod compiles.
HUGO_VERSION = v0.165.0

# THEMES is a directory of themes and sites of Hugo: see testdata/conformance/README.md. Without one, themes come from the Go module
# proxy, as those do which Hugo itself fetches; what it does not have is left out. UPDATE=1 writes the table of the run.
THEMES = $(CURDIR)/bin/bench/themes
THEME_MODULES = github.com/theNewDynamic/gohugo-theme-ananke/v2@69f2871 github.com/adityatelange/hugo-PaperMod@d376885 \
	github.com/janraasch/hugo-bearblog@cf6981c github.com/yihui/hugo-xmin@c871e56

bin/bench/themes:
	@mkdir -p $@; cd $@ && for module in $(THEME_MODULES); do \
		name=$$(echo "$${module%@*}" | cut -d/ -f3); \
		dir=$$(GOFLAGS=-mod=mod go mod download -json "$$module" 2>/dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'); \
		if [ -n "$$dir" ]; then cp -R "$$dir" "$$name" && chmod -R u+w "$$name"; else echo "$$module cannot be fetched: it is left out"; fi; \
	done
	@rmdir $@ 2>/dev/null || true

themes: bin/bench/hugo-$(HUGO_VERSION) $(THEMES) ## themes and sites of Hugo, built by Hugo and by isrgen
	go test ./cmd/isrgen -run '^TestThemes$$' -themes '$(THEMES)' -hugo '$(CURDIR)/$<' -count 1 -v -timeout 30m $(if $(UPDATE),-update)

manypages: ## ten thousand deferred pages of files and of a CMS, regenerated and verified; make test has a thousand
	ISRGEN_TEST_PAGES=10000 go test -count=1 -run TestScripts/manypages$$ -v -timeout 30m ./cmd/isrgen

affected: ## ten times as many random edits of sites as make test has, which take minutes
	ISRGEN_TEST_EDITS=500 go test -count=1 -run "TestAffectedIsTrue|TestWarmBuildIsClean" -v -timeout 60m ./generator

# COUNT is how often, for benchstat to tell noise from news.
COUNT ?= 10

bench: build ## what is fast and what is flat, as Go benchmarks
	go test -run '^$$' -bench . -benchmem -count $(COUNT) -timeout 0 ./...

# What the preview is compared with. A server that is not there is left out of the table, which says so; without wrk there is none.
PEERS = wrk=wrk nginx=nginx varnishd=varnish
CADDY = v2.11.9
NEXT  = testdata/serve/next

bench-serve: build peers ## how fast the preview answers, beside other servers
	go run ./testdata/serve

peers:
	@$(MAKE) --no-print-directory tools TOOLS='$(PEERS)' WITHOUT='These are left out of the comparison'
	-GOBIN='$(CURDIR)/bin/bench' go install github.com/caddyserver/caddy/v2/cmd/caddy@$(CADDY)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(NEXT)/.next/BUILD_ID || echo 'next start is left out: it could not be built'; \
	else echo 'next start is left out: there is no Node.js'; fi

$(NEXT)/.next/BUILD_ID: $(NEXT)/node_modules $(wildcard $(NEXT)/pages/*)
	cd $(NEXT) && NEXT_TELEMETRY_DISABLED=1 npm run build

# Flags of testdata/bench, such as '-runs 9' or '-large 0'.
BENCH        =

bench-hugo: build bin/bench/hugo-$(HUGO_VERSION) ## how fast builds and functions are, beside Hugo
	go run ./testdata/bench -hugo bin/bench/hugo-$(HUGO_VERSION) $(BENCH)

bin/bench/hugo-$(HUGO_VERSION):
	CGO_ENABLED=0 GOBIN='$(CURDIR)/bin/bench' go install github.com/gohugoio/hugo@$(HUGO_VERSION)
	mv bin/bench/hugo $@

clean:
	rm -rf bin $(CARRIED) testdata/browser/node_modules testdata/judge/node_modules testdata/judge/cli/node_modules $(NEXT)/node_modules $(NEXT)/.next \
		testdata/conformance/built $(DEMO)/.vercel $(DEMO)/.isrgen testdata/site/docs/.vercel testdata/site/docs/.isrgen
