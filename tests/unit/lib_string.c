/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/string.c beside the host's libc: what both have gets the prefix lib_. */
#define memcpy	lib_memcpy
#define memmove lib_memmove
#define memset	lib_memset
#define memcmp	lib_memcmp
#define memchr	lib_memchr
#define memrchr lib_memrchr
#define strlen	lib_strlen
#define strnlen lib_strnlen
#define strcmp	lib_strcmp
#define strncmp lib_strncmp
#define strchr	lib_strchr
#define strrchr lib_strrchr
#define strstr	lib_strstr
#define strspn	lib_strspn
#define strcspn lib_strcspn
#include "../../lib/string.c"
