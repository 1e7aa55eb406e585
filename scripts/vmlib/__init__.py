# SPDX-License-Identifier: BSD-2-Clause
"""What scripts/vm, scripts/fetch, scripts/check-report and the boot tests are made of."""


class VmError(Exception):
    """Something the user can mend; the text says what and how."""
