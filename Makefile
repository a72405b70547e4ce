# The everyday commands; `make help` lists them. CMakePresets.json holds the builds they use.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test soak build bench lint format clean release sanitize

JOBS ?= $(shell nproc)
CMAKE_FILES := CMakeLists.txt CMakePresets.json tests/CMakeLists.txt

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## From a bare Debian 12 clone to a finished run of a real job
	@deploy/setup.sh build run
	@$(MAKE) --no-print-directory release
	@deploy/demo.sh

test: ## Everything that checks the project, under AddressSanitizer and UBSan
	@deploy/setup.sh build run test
	@$(MAKE) --no-print-directory sanitize
	@tests/run.sh

soak: ## The faults that take long, half an hour of them, on the release program
	@deploy/setup.sh build run test
	@$(MAKE) --no-print-directory release
	@tests/faults/soak.py

build: ## The release program: build/release/cellar
	@deploy/setup.sh build
	@$(MAKE) --no-print-directory release

bench: ## Speed against Debian's `jupyter execute`, as a Markdown table
	@deploy/setup.sh build run test
	@$(MAKE) --no-print-directory release
	@cmake --build --preset release --parallel $(JOBS) --target bare_reader fill_store fill_history queue_times
	@tests/bench/bench.py

lint: ## clang-format and clang-tidy
	@deploy/setup.sh build test lint
	@$(MAKE) --no-print-directory build/lint/build.ninja
	@tests/style/format.sh
	@tests/style/tidy.sh

format: ## Rewrite the C++ files as clang-format wants them
	@deploy/setup.sh test
	@tests/style/format.sh --fix

clean: ## Remove everything that was built
	rm -rf build

release sanitize: %: build/%/build.ninja
	@cmake --build --preset $@ --parallel $(JOBS)

build/%/build.ninja: $(CMAKE_FILES)
	@cmake --preset $* --log-level=WARNING
	@touch $@
