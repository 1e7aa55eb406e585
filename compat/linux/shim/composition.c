/* SPDX-License-Identifier: BSD-2-Clause */
/* The services of this build in rank order, lowest first. */
#include <srv/srv.h>

extern const struct service service_vfs, service_proc, service_anon, service_tty;
extern const struct service *const composition[];
extern const unsigned composition_count;

const struct service *const composition[] = {&service_vfs, &service_proc, &service_anon,
					     &service_tty};
const unsigned composition_count = sizeof(composition) / sizeof(composition[0]);
