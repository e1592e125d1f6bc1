# What a person runs on this repository. `make` alone lists the targets; each does its one thing with the scripts in
# tools/, which say why. Builds go to .build: release for everything that is run or measured, debug for unit tests.

# Where there is hardly any environment, as in continuous integration, tools are still found by name.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)

PREFIX  ?= /usr/local
DESTDIR ?=
# What `make deps` installs packages for: all that the targets here need. "swift build" is enough to build and install.
KINDS   ?= swift build lab

SWIFT   := tools/swift
RELEASE := .build/release
# Static standard library: the binary then needs nothing but Debian's C libraries. No path of the build machine in
# it, no symbols, and every relocation done before main runs.
RELEASE_FLAGS := -c release --static-swift-stdlib --disable-local-rpath \
                 -Xlinker -s -Xlinker -z -Xlinker now

bindir      := $(DESTDIR)$(PREFIX)/bin
libexecdir  := $(DESTDIR)$(PREFIX)/libexec/vipd
unitdir     := $(DESTDIR)$(PREFIX)/lib/systemd/system
sysusersdir := $(DESTDIR)$(PREFIX)/lib/sysusers.d
catalogdir  := $(DESTDIR)$(PREFIX)/lib/systemd/catalog
mandir      := $(DESTDIR)$(PREFIX)/share/man
bashdir     := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir      := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
fishdir     := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
datadir     := $(DESTDIR)$(PREFIX)/share/vipd
docdir      := $(DESTDIR)$(PREFIX)/share/doc/vipd
datadir     := $(DESTDIR)$(PREFIX)/share/vipd
confdir     := $(DESTDIR)/etc/vipd
units       := vipd.service vipd-check.service vipd-check.socket vipd-web.service

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help deps build demo test systemd-test web-test pictures bench soak fuzz sanitize chaos explore coverage mutants lint \
        format install uninstall clean deb deb-test docs-test

help: ## list the targets
	@echo "vipd: make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables of install and uninstall: PREFIX ($(PREFIX)), DESTDIR; of deps: KINDS ($(KINDS)); of chaos: MINUTES ($(MINUTES))"

deps: ## install the system packages that are missing (sudo only if some are)
	@$(SWIFT) --find >/dev/null
	@tools/deps install $(KINDS)

build: ## build vipd, vipd-check, vipd-web, viplab and vipsim for release
	@tools/deps check build
	$(SWIFT) build $(RELEASE_FLAGS)

demo: deps build ## watch a virtual IP survive a power cut, in network namespaces of this machine
	tools/as-root $(RELEASE)/viplab demo

test: ## unit tests, simulator, then the lab and the systemd test as far as this machine allows
	@tools/test

systemd-test: ## try the unit in a small booted Debian or Ubuntu (root)
	@$(SWIFT) --find >/dev/null
	@tools/deps install swift build systemd
	@$(MAKE) --no-print-directory build
	tools/as-root tools/systemd-test

web-test: ## try vipd-web in the lab with Chromium, Prometheus and hostile clients (root)
	@$(SWIFT) --find >/dev/null
	@tools/deps install swift build lab
	@# Not every system has a Chromium to install: without one the test says so and is skipped.
	@tools/deps install web || true
	@$(MAKE) --no-print-directory build
	tools/as-root tools/web-test || [ $$? -eq 77 ]

pictures: ## take the pictures in docs/images anew: vipd-web's page, and the demo (root)
	@$(SWIFT) --find >/dev/null
	@tools/deps install swift build lab web
	@$(MAKE) --no-print-directory build
	tools/as-root tools/web-test --pictures docs/images
	tools/as-root tools/record docs/images/demo.svg $(RELEASE)/viplab demo

# Where the bench writes, and what it is told beside: make bench BENCH_FLAGS="--suite outage --runs 20".
BENCH       ?= docs/bench
BENCH_FLAGS ?=

bench: ## measure vipd beside keepalived and UCARP in the lab, into the folder BENCH (over an hour; BENCH_FLAGS for less)
	@$(SWIFT) --find >/dev/null
	@tools/deps install swift build lab bench
	@$(MAKE) --no-print-directory build
	@# The folder is made here, so that it belongs to whoever runs make.
	mkdir -p $(BENCH)
	tools/as-root $(RELEASE)/viplab bench --output $(BENCH) $(BENCH_FLAGS)
	@# What is no matter of runs in turn: memory by mapping, and evenness under load, with and without realtime.
	tools/as-root $(RELEASE)/viplab footprint --with keepalived >$(BENCH)/footprint.md
	tools/as-root $(RELEASE)/viplab jitter >$(BENCH)/jitter.md

MINUTES ?= 30

chaos: deps build ## break real daemons in the lab at random for MINUTES, without quorum and with it
	tools/as-root $(RELEASE)/viplab chaos --minutes $(MINUTES)
	tools/as-root $(RELEASE)/viplab chaos --minutes $(MINUTES) --quorum --key

soak: deps build ## run the simulator over ever more seeds, until stopped or a property does not hold
	@tools/soak

fuzz: ## give libFuzzer each reader of strangers' bytes for FUZZ_SECONDS (60) seconds
	@tools/deps install swift build
	@tools/fuzz

sanitize: ## unit tests under the sanitizers of memory, undefined behaviour (C) and threads
	@tools/deps install swift build lab
	@tools/sanitize

explore: deps build ## everything that two or three nodes and a few faults can come to, farther than the tests go
	$(RELEASE)/vipsim explore --exhaustive

coverage: ## how much of the election and the wire format the unit tests run
	@tools/deps install swift build
	@tools/coverage

mutants: ## plant faults in the election, one at a time, and show what catches each
	@tools/deps install swift
	@tools/mutants

lint: ## check the format of sources and scripts, the unit and the README's dependencies
	@tools/lint

format: ## format the Swift sources in place
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

# install starts nothing and never overwrites a configuration. It does not build either, so that `sudo make install`
# leaves no files of root's in .build.
install: ## install what `make build` built; starts nothing, keeps an existing configuration
	@test -x $(RELEASE)/vipd || { echo "install: there is no $(RELEASE)/vipd; run 'make build' first" >&2; exit 1; }
	install -D -m 0755 $(RELEASE)/vipd $(bindir)/vipd
	install -D -m 0755 $(RELEASE)/vipd-check $(libexecdir)/vipd-check
	install -D -m 0755 $(RELEASE)/vipd-web $(libexecdir)/vipd-web
	install -d $(unitdir) $(sysusersdir) $(catalogdir) $(docdir) $(confdir)
	for unit in $(units); do \
	    sed 's|@PREFIX@|$(PREFIX)|g' systemd/$$unit > $(unitdir)/$$unit && chmod 0644 $(unitdir)/$$unit || exit 1; done
	install -m 0644 systemd/vipd.sysusers $(sysusersdir)/vipd.conf
	install -m 0644 systemd/vipd.catalog $(catalogdir)/vipd.catalog
	install -d $(mandir)/man8 $(mandir)/man5 $(bashdir) $(zshdir) $(fishdir)
	$(RELEASE)/vipd manual vipd > $(mandir)/man8/vipd.8
	$(RELEASE)/vipd manual vipd.yaml > $(mandir)/man5/vipd.yaml.5
	$(RELEASE)/vipd completion bash > $(bashdir)/vipd
	$(RELEASE)/vipd completion zsh > $(zshdir)/_vipd
	$(RELEASE)/vipd completion fish > $(fishdir)/vipd.fish
	install -D -m 0644 wireshark/vipd.lua $(datadir)/vipd.lua
	install -m 0644 README.md CHANGELOG.md LICENSE systemd/vipd.yaml.example systemd/realtime.conf docs/monitoring.md $(docdir)
	install -d $(datadir)/monitoring
	install -m 0644 docs/monitoring/vipd.rules.yml docs/monitoring/vipd.dashboard.json $(datadir)/monitoring
	test -e $(confdir)/vipd.yaml || install -m 0644 systemd/vipd.yaml $(confdir)/vipd.yaml
ifeq ($(DESTDIR),)
	if [ -d /run/systemd/system ]; then systemd-sysusers $(sysusersdir)/vipd.conf && journalctl --update-catalog && \
	    systemctl daemon-reload; fi
	@echo "Installed. Set the address in $(confdir)/vipd.yaml, then: systemctl enable --now vipd"
endif

deb: ## build the Debian package, into dist/
	@tools/deps install swift build deb
	rm -rf dist debian/vipd debian/.debhelper debian/debhelper-build-stamp
	mkdir dist
	debian/rules binary
	lintian --fail-on error,warning dist/*.deb
	@ls dist

deb-test: deb ## try the Debian package (root) on a small booted machine, and on three that share an address
	@tools/deps install systemd
	tools/as-root tools/systemd-test dist/*.deb
	tools/as-root tools/cluster-test dist/*.deb

docs-test: deb ## run every command of the documentation on three small booted machines (root)
	@tools/deps install systemd
	tools/as-root tools/docs-test dist/*.deb

uninstall: ## remove what install put there, except the configuration and the user vipd
ifeq ($(DESTDIR),)
	@for unit in vipd vipd-web; do \
	    if [ -d /run/systemd/system ] && { systemctl -q is-active $$unit || systemctl -q is-enabled $$unit; } 2>/dev/null; then \
	        echo "uninstall: $$unit is running or enabled; first: systemctl disable --now $$unit" >&2; exit 1; fi; done
endif
	rm -f $(bindir)/vipd $(addprefix $(unitdir)/,$(units)) $(sysusersdir)/vipd.conf $(catalogdir)/vipd.catalog
	rm -f $(mandir)/man8/vipd.8 $(mandir)/man5/vipd.yaml.5 $(bashdir)/vipd $(zshdir)/_vipd $(fishdir)/vipd.fish
	rm -rf $(docdir) $(datadir) $(libexecdir)
ifeq ($(DESTDIR),)
	if [ -d /run/systemd/system ]; then journalctl --update-catalog; systemctl daemon-reload; fi
endif

clean: ## remove what was built
	rm -rf .build
