/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the ACPI reader share. */
#ifndef KERNEL_FW_ACPI_PRIVATE_H
#define KERNEL_FW_ACPI_PRIVATE_H
#include <tessera/fw/acpi.h>

static inline uint16_t acpi_le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t acpi_le32(const unsigned char *p)
{
	return acpi_le16(p) | (uint32_t)acpi_le16(p + 2) << 16;
}
static inline uint64_t acpi_le64(const unsigned char *p)
{
	return acpi_le32(p) | (uint64_t)acpi_le32(p + 4) << 32;
}

/* Find the package named _S5_ in @n bytes of AML: the first two elements. False: not there or not constant. */
bool acpi_aml_find_s5(const unsigned char *aml, size_t n, uint8_t *a, uint8_t *b);
#endif
