# Gatepass: `make` lists the targets. The longer scripts are in .config/.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# cargo and Playwright use all cores themselves.
.NOTPARALLEL:

# What a person may override: make run BIND=127.0.0.1:4000 DATA=/tmp/gatepass
BIND ?= 127.0.0.1:3000
DATA ?= data
# How many cases `make fuzz` tries of each property.
FUZZ_CASES ?= 20000
# The numbers of grants that `make scale` measures with.
SIZES ?= 10,1000,100000,1000000
# The browser comes from the system.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

BIN := target/release/gatepass
SITE := target/site/manifest.json
NPM := end2end/node_modules/.package-lock.json
WASM := --no-default-features --target wasm32-unknown-unknown
SITE_SOURCES := Cargo.toml Cargo.lock .cargo/config.toml end2end/package-lock.json $(shell find src app public style -type f)
VERSION := $(shell sed -n '/^\[workspace.package\]/,/^$$/s/^version = "\(.*\)"/\1/p' Cargo.toml)

.PHONY: help setup setup-tests site build run watch test fuzz prove fmt lint bench loading scale screenshots dist

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(NPM) ## install what is missing to build: WASM target, npm packages
	@.config/setup build

setup-tests: setup
	@.config/setup tests

$(NPM): end2end/package-lock.json
	@command -v npm >/dev/null || { echo 'Node.js 20 or newer with npm is missing: install it, then run make again.' >&2; exit 1; }
	npm --prefix end2end ci --ignore-scripts
	@touch $@

site: $(SITE)

$(SITE): $(SITE_SOURCES) | setup
	# The names and relocations of the last crate are for the split; what is sent has neither.
	cargo rustc --lib --features hydrate --profile wasm-release $(WASM) -- -Cstrip=none -Clink-args=--emit-relocs
	cargo run --profile tool -p site

build: $(SITE) ## build target/release/gatepass: one file, the site inside
	cargo build --release -p server --bin gatepass

run: build ## build, then serve the demo workspace (BIND=127.0.0.1:3000 DATA=data)
	$(BIN) serve --demo --bind $(BIND) --data-dir $(DATA)

watch: setup ## rebuild and restart on every change (needs cargo-leptos)
	@command -v cargo-leptos >/dev/null || { echo 'cargo-leptos is missing: cargo install --locked cargo-leptos@0.3.10' >&2; exit 1; }
	LEPTOS_SITE_ADDR=$(BIND) cargo leptos watch -- serve --demo --bind $(BIND) --data-dir $(DATA)

test: setup-tests lint $(SITE) ## lint, then all tests: SQLite, PostgreSQL, browser with real clients
	cargo test --profile tool -p site
	cargo test -p server -p domain -p app -p types --features app/ssr
	.config/with-postgres cargo test -p server --test it
	cargo build --release -p server --bin gatepass
	cd end2end && npx playwright test --project=tests

# The properties of `make test`, with other cases each time.
fuzz: export FUZZ_CASES := $(FUZZ_CASES)
fuzz: setup-tests $(SITE) ## hostile input at length, on SQLite and PostgreSQL (FUZZ_CASES=20000 of each property)
	cargo test -p server --test it -- hostile::
	.config/with-postgres cargo test -p server --test it -- hostile::

prove: setup-tests $(SITE) ## what needs root or an hour: a full disk, a closed network, other users, hostile input at length
	.config/prove

fmt: ## format the Rust code
	cargo fmt --all

# Server and browser are checked apart: one call would unify the features ssr and hydrate.
lint: setup ## formatting, clippy for server and browser, licences and advisories, who may know whom, TypeScript
	@mkdir -p target/site # the server embeds it; linting does without
	cargo fmt --all --check
	cargo clippy -p server -p domain -p app -p types --features app/ssr --all-targets -- -D warnings
	cargo clippy --profile tool -p site --all-targets -- -D warnings
	cargo clippy -p gatepass -p app --features gatepass/hydrate,app/hydrate $(WASM) -- -D warnings
	@.config/deny
	node --test --test-reporter=dot .config/arrows.test.mjs
	node .config/arrows.mjs
	cd end2end && npx tsc --noEmit

# BENCH_SECONDS and BENCH_TURNS say how long, BENCH_OUT where the figures go (target/bench/<date-time>.json).
bench: build ## one table: CPU, rate, latency, memory beside their floors (BENCH_BASE=earlier.json, BENCH_BESIDE=older/gatepass)
	cargo build --release -p server --example baselines --example fill
	cd end2end && npx playwright test --project=bench

loading: build setup-tests ## what a browser fetches for a page, and how long one waits (BENCH_BESIDE=older/gatepass)
	cd end2end && npx playwright test --project=loading

scale: setup-tests $(SITE) ## what operations cost with 10 to 1,000,000 grants, on both databases (SIZES=10,1000,…)
	cargo build --release -p server --example scale
	.config/scale $(SIZES)

screenshots: build setup-tests ## every page, light and dark, wide and narrow, into end2end/screenshots
	cd end2end && npx playwright test --project=screenshots

dist: build ## target/dist/gatepass-<version>-<host>.tar.gz
	@mkdir -p target/dist
	tar -czf target/dist/gatepass-$(VERSION)-$$(rustc -vV | sed -n 's/^host: //p').tar.gz LICENSE README.md -C target/release gatepass
	@ls -l target/dist
