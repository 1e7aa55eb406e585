# SPDX-License-Identifier: BSD-2-Clause
# Targets that run, test and document.  They call make again for what they build.
check-targets := run debug check check-long check-style check-unit bench bench-boot htmldocs
PHONY += $(check-targets)

vm    = $(srctree)/scripts/vm
ready = $(Q)$(srctree)/scripts/setup build run && { [ -f $(dotconf) ] || $(MAKE) -f $(srctree)/Makefile O=$(objtree) defconfig; } && \
	$(MAKE) -f $(srctree)/Makefile O=$(objtree) all

run:
	$(ready)
	$(Q)$(vm) --board $$(sed -n 's/^CONFIG_BOARD="\(.*\)"/\1/p' $(dotconf)) -O $(objtree) --no-build $(VMFLAGS)

# QEMU waits for the debugger, which is started in the same terminal
debug:
	$(ready)
	$(Q)$(srctree)/scripts/debug $(objtree)

check-style:
	$(Q)$(srctree)/scripts/check --only style
check:
	$(Q)$(srctree)/scripts/setup build run test docs
	$(Q)$(srctree)/scripts/check
check-long:
	$(Q)$(srctree)/scripts/setup build run test docs
	$(Q)$(srctree)/scripts/check --long

bench bench-boot:
	$(Q)$(srctree)/scripts/setup build run test
	$(Q)/usr/bin/python3 $(srctree)/tests/bench/$@.py --build $(objtree)

htmldocs:
	$(Q)$(srctree)/scripts/check-tools sphinx-build doxygen dot python:breathe python:sphinx_rtd_theme
	$(Q)$(srctree)/scripts/build-docs $(objtree)/docs

# --- unit tests on the host: tests/unit/Makefile sets
#   unit-y          names; NAME-src: sources from the top of the tree, NAME-cflags, NAME-ldlibs
# Objects are world x.h.o; built with the address and undefined-behaviour sanitizers.
ifneq ($(filter check-unit,$(MAKECMDGOALS)),)
HOSTCC ?= cc
unit-y :=
-include $(srctree)/tests/unit/Makefile
host-flags := -std=gnu11 -O1 -g -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wimplicit-fallthrough -Wno-unused-parameter -Werror -fno-common -fno-strict-aliasing \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DTESSERA_HOST=1 \
	-include $(srctree)/include/tessera/lib/kconfig.h \
	-I$(srctree)/tests/unit -I$(srctree)/include -I$(srctree)/include/uapi
host-obj = $(patsubst %.c,$(objtree)/host/$(1)/%.h.o,$($(1)-src))
define unit
$(call host-obj,$(1)): $(objtree)/host/$(1)/%.h.o: $(srctree)/%.c $(srctree)/tests/unit/Makefile $(srctree)/scripts/check.mk
	$$(call say,HOSTCC)
	$$(Q)mkdir -p $$(@D) && $(HOSTCC) $(host-flags) $($(1)-cflags) -MMD -MP -c -o $$@ $$<
$(objtree)/host/$(1)/test: $(call host-obj,$(1))
	$$(call say,HOSTLD)
	$$(Q)$(HOSTCC) -fsanitize=address,undefined -o $$@ $$^ $($(1)-ldlibs)
-include $(patsubst %.o,%.d,$(call host-obj,$(1)))
endef
$(foreach t,$(unit-y),$(eval $(call unit,$(t))))
check-unit: $(foreach t,$(unit-y),$(objtree)/host/$(t)/test)
	$(Q)$(srctree)/scripts/run-unit $^
endif
