/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the root process and its other half, what it does as a child of itself. */
#ifndef ROOT_H
#define ROOT_H
/** Be the child that @arg names; its exit code if it survives. */
int child_main(const char *arg);
#endif
