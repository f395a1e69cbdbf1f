# Everything that a person or a machine does with this project. `make help` lists it.

SHELL := /bin/bash
export CGO_ENABLED := 1
PACKAGES := ./...

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.PHONY: build
build: ## Build bin/reselling
	go build -trimpath -o bin/reselling ./cmd/reselling

.PHONY: run
run: build ## Build, load the demo into data/reselling.db, serve on http://localhost:8080
	bin/reselling serve --demo

.PHONY: check
check: ## The fast loop: format, vet, build, tests on SQLite, the longest ones shortened (no browser)
	@test -z "$$(.ci/unformatted)" || { echo "Not formatted (gofmt -w, templ fmt):"; .ci/unformatted; exit 1; }
	go vet $(PACKAGES)
	go build $(PACKAGES)
	.ci/pdf
	go test -short $(PACKAGES)

.PHONY: test
test: ## The whole suite: SQLite, PostgreSQL, browser journeys
	go vet -tags e2e $(PACKAGES)
	.ci/pdf
	go test -count=1 -timeout 40m $(PACKAGES)
	.ci/postgres run -- go test -count=1 -timeout 40m ./cmd/... ./models/... ./handlers/...
	$(MAKE) e2e

.PHONY: e2e
e2e: build ## Journeys in headless Chromium on the built binary
	.ci/chromium
	.ci/npm
	RESELLING_BINARY=$(CURDIR)/bin/reselling go test -count=1 -tags e2e -timeout 40m ./e2e/...

.PHONY: bench
bench: build ## Requests per second, beside a bare handler and bare commits, on both databases
	go build -trimpath -o bin/bench ./cmd/bench
	bin/bench
	DURABLE=1 .ci/postgres run -- bin/bench

.PHONY: generate
generate: ## Write the templ code and the style sheet again
	go tool templ generate
	.ci/npm
	npm run --silent build

.PHONY: lint
lint: ## staticcheck and golangci-lint
	.ci/lint

.PHONY: ci
ci: ## What the build machine runs
	.ci/run
