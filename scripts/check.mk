# SPDX-License-Identifier: BSD-2-Clause
# Targets that run, test and document.
check-targets :=
PHONY += $(check-targets)
