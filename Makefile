# Recon for PostgreSQL.
#   make demo     install what is missing, build, start a private server, judge the sample
#   make psql     a prompt on the demo's server      make stop   end it
#   make test     install what is missing, build, run every test      make test-long   the slow ones
#   make bench    timings
#   make install  put the extension into the PostgreSQL of PG_CONFIG
# The commands work on a bare machine: PGXS is included only where it is already installed.

EXTENSION = control/recon
EXTENSION_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" control/recon.control)
MODULE_big = recon

SOURCES = $(sort $(shell find src -name '*.cpp'))
OBJS = $(SOURCES:.cpp=.o)

EXTENSION_SCRIPT = recon--$(EXTENSION_VERSION).sql
EXTENSION_STEPS = $(patsubst sql/updates/%.sql,recon--%.sql,$(wildcard sql/updates/*--*.sql))
DATA_built = $(EXTENSION_SCRIPT) $(EXTENSION_STEPS)
# A release that nothing has changed since is the built script itself.
DATA = $(filter-out sql/releases/$(EXTENSION_SCRIPT),$(wildcard sql/releases/recon--*.sql))

REGRESS = $(sort $(basename $(notdir $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --load-extension=recon

# The same bits in every plan and build: no contraction into fused multiply-add.
PG_CXXFLAGS = -std=c++20 -O3 -Wall -Wextra -Werror -Wno-register -ffp-contract=off \
	-fno-math-errno -fvisibility=hidden -fvisibility-inlines-hidden -Wno-unknown-warning-option \
	-Isrc -isystem /usr/include/eigen3 -MMD -MP
PG_CPPFLAGS = -Isrc -DRECON_VERSION=\"$(EXTENSION_VERSION)\"
# What reads and writes workbooks and XML (docs/importing.md says why these).
FORMAT_LIBRARIES = -lzip -lexpat -lxlsxwriter
# For the tests: the server must load the runtime of the sanitizers first (scripts/test).
ifdef SANITIZE
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
PG_CXXFLAGS += $(SANITIZERS) -O1
endif
SHLIB_LINK = $(SANITIZERS) $(FORMAT_LIBRARIES) -lstdc++ -lm -pthread -Wl,--version-script=src/postgres/exports.map
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
all install installcheck clean:
	@echo "PostgreSQL's extension headers are missing: run 'make prerequisites' first" >&2; exit 1
endif

# What was compiled before is taken from ccache, where that is installed.
ifneq ($(shell command -v ccache),)
CXX := ccache $(CXX)
endif

# PGXS passes flags meant for C; these four have no meaning in C++ and gcc would warn of each.
override CXXFLAGS := $(filter-out -Wdeclaration-after-statement -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition,$(CXXFLAGS))
# The server's headers are system headers here: their warnings are not ours.
override CPPFLAGS := $(patsubst -I$(includedir_server),-isystem $(includedir_server),$(CPPFLAGS))

# Objects made with another server's headers are of no use to this one.
SERVER_VERSION = build/server-version
$(shell mkdir -p build && { $(PG_CONFIG) --version | cmp -s - $(SERVER_VERSION) || $(PG_CONFIG) --version > $(SERVER_VERSION); } 2>/dev/null)
$(OBJS): $(SERVER_VERSION)
# The library tells its version.
src/functions/access/version.o src/postgres/boundary.o: control/recon.control

-include $(OBJS:.o=.d)
EXTRA_CLEAN = $(OBJS:.o=.d) $(DATA_built)

# Compared rather than dated: a file that was taken away leaves no newer one behind.
$(DATA_built): FORCE
	@scripts/assemble $@
FORCE:
sql: $(DATA_built)

# The core and the formats as the extension has them, for the unit tests: compiled once, and tested as it is shipped.
CORE_ARCHIVE = build/librecon_core.a
$(CORE_ARCHIVE): $(filter src/core/% src/formats/%,$(OBJS))
	rm -f $@ && $(AR) crs $@ $^
core-archive: $(CORE_ARCHIVE)

# The border's own test library: functions that throw, loop and allocate on purpose. Never installed.
BORDER_TEST = test/border/recon_border_test.so
BORDER_TEST_OBJS = $(patsubst %.cpp,%.o,$(wildcard test/border/*.cpp)) $(filter src/core/% src/postgres/%,$(OBJS))
$(BORDER_TEST): $(BORDER_TEST_OBJS)
	$(LINK.shared) -o $@ $(BORDER_TEST_OBJS) $(LDFLAGS) $(LDFLAGS_SL) $(SHLIB_LINK)
$(BORDER_TEST_OBJS): $(SERVER_VERSION)
-include $(BORDER_TEST_OBJS:.o=.d)
EXTRA_CLEAN += $(BORDER_TEST) $(BORDER_TEST_OBJS) $(BORDER_TEST_OBJS:.o=.d)
border-test: $(BORDER_TEST)

.PHONY: FORCE sql core-archive border-test demo psql stop test test-long bench prerequisites freeze core-test fuzz format lint
.DEFAULT_GOAL := all

demo:
	@scripts/demo start
psql:
	@scripts/demo psql
stop:
	@scripts/demo stop
prerequisites:
	@scripts/prerequisites
test:
	@scripts/test
test-long:
	@scripts/test-long
bench:
	@scripts/bench
# Keeps the script of a version that is released: make freeze VERSION=... (PostgreSQL's make files have one, too).
freeze:
	@scripts/assemble freeze '$(if $(filter command,$(origin VERSION)),$(VERSION))'

core-test:
	cmake -S . -B build/core >/dev/null
	cmake --build build/core -j$(shell nproc)
	ctest --test-dir build/core --output-on-failure -j$(shell nproc)

# Searches for bytes that break what reads them, FUZZ_SECONDS for each type, and for arguments that
# break a function, FUZZ_CALLS statements of each.
FUZZ_SECONDS = 60
FUZZ_CALLS = 1000
fuzz:
	@scripts/fuzz $(FUZZ_SECONDS)
	@RECON_FUZZ_CALLS=$(FUZZ_CALLS) RECON_FUZZ_SEED=$$(date +%s) RECON_PGTAP=odd_arguments RECON_TEST_STEPS=pgtap scripts/test

format:
	clang-format -i $(shell find src test -name '*.cpp' -o -name '*.hpp')
lint:
	@scripts/lint
