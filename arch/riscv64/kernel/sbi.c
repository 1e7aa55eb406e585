/* SPDX-License-Identifier: BSD-2-Clause */
/* Supervisor binary interface: the firmware's services (RISC-V SBI specification 1.0). */
#include <asm/sbi.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/printf.h>

enum {
	SBI_LEGACY_SET_TIMER = 0,
	SBI_LEGACY_PUTCHAR = 1,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
};
enum { BASE_VERSION = 0, BASE_IMPL_ID = 1, BASE_IMPL_VERSION = 2, BASE_PROBE = 3 };
enum {
	SBI_ERR_INVALID_PARAM = -3,
	SBI_ERR_DENIED = -4,
	SBI_ERR_INVALID_ADDRESS = -5,
	SBI_ERR_ALREADY_AVAILABLE = -6,
};

static bool has_time, has_ipi, has_hsm, has_rfence, has_srst;
static unsigned long spec_version, impl_id, impl_version;

struct sbi_ret sbi_call(unsigned long ext, unsigned long fn, unsigned long a0, unsigned long a1,
			unsigned long a2)
{
	register unsigned long r0 __asm__("a0") = a0;
	register unsigned long r1 __asm__("a1") = a1;
	register unsigned long r2 __asm__("a2") = a2;
	register unsigned long r6 __asm__("a6") = fn;
	register unsigned long r7 __asm__("a7") = ext;

	__asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r6), "r"(r7) : "memory");
	return (struct sbi_ret){.error = (long)r0, .value = (long)r1};
}

static bool probe(unsigned long ext)
{
	struct sbi_ret r = sbi_call(SBI_BASE, BASE_PROBE, ext, 0, 0);

	return r.error == 0 && r.value != 0;
}

void sbi_probe(void)
{
	struct sbi_ret r = sbi_call(SBI_BASE, BASE_VERSION, 0, 0, 0);

	if (r.error)
		return; /* version 0.1: legacy calls only */
	spec_version = (unsigned long)r.value;
	impl_id = (unsigned long)sbi_call(SBI_BASE, BASE_IMPL_ID, 0, 0, 0).value;
	impl_version = (unsigned long)sbi_call(SBI_BASE, BASE_IMPL_VERSION, 0, 0, 0).value;
	has_time = probe(SBI_TIME);
	has_ipi = probe(SBI_IPI);
	has_hsm = probe(SBI_HSM);
	has_rfence = probe(SBI_RFENCE);
	has_srst = probe(SBI_SRST);
}

void sbi_console_putc(char c)
{
	sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)c, 0, 0);
}

void sbi_timer_set(uint64_t counter)
{
	if (has_time)
		sbi_call(SBI_TIME, 0, counter, 0, 0);
	else
		sbi_call(SBI_LEGACY_SET_TIMER, 0, counter, 0, 0);
}

static int sbi_errno(long error)
{
	switch (error) {
	case 0:
		return 0;
	case SBI_ERR_INVALID_PARAM:
	case SBI_ERR_INVALID_ADDRESS:
		return -EINVAL;
	case SBI_ERR_DENIED:
		return -EPERM;
	case SBI_ERR_ALREADY_AVAILABLE:
		return -EALREADY;
	default:
		return -EIO;
	}
}

int sbi_send_ipi(unsigned long mask, unsigned long base)
{
	if (!has_ipi)
		return -ENOSYS;
	return sbi_errno(sbi_call(SBI_IPI, 0, mask, base, 0).error);
}

int sbi_remote_fence_i(unsigned long mask, unsigned long base)
{
	return sbi_errno(sbi_call(SBI_RFENCE, 0, mask, base, 0).error);
}

int sbi_hart_start(unsigned long hart, paddr_t entry, unsigned long arg)
{
	if (!has_hsm)
		return -ENOSYS;
	return sbi_errno(sbi_call(SBI_HSM, 0, hart, entry, arg).error);
}

void sbi_system_reset(unsigned type)
{
	if (has_srst)
		sbi_call(SBI_SRST, 0, type, 0, 0);
}

bool sbi_has_smp(void)
{
	return has_hsm && has_ipi && has_rfence;
}

const char *sbi_describe(void)
{
	static char line[64];
	const char *name = impl_id == 0	  ? "bbl"
			   : impl_id == 1 ? "opensbi"
			   : impl_id == 4 ? "rustsbi"
					  : "firmware";

	snprintf(line, sizeof(line), "sbi %lu.%lu, %s %lu.%lu", spec_version >> 24 & 0x7f,
		 spec_version & 0xffffff, name, impl_version >> 16, impl_version & 0xffff);
	return line;
}
