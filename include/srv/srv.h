/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service runtime's API (libsrv): everything a service may ask of the core, the same in IC0, IC1 and IC2. Nothing here
 * dereferences client memory; that is done by the core, checked against the buffers the call declared.
 */
#ifndef SRV_SRV_H
#define SRV_SRV_H
#include <srv/rpc.h>
#include <tessera/lx/cell.h>
#include <tessera/lx/fd.h>
#include <tessera/lx/proc.h>

typedef uint32_t srv_handle;

/* --- log, time, randomness */
void srv_log(int level, const char *fmt, ...) __printf(2, 3);
uint64_t srv_now_ns(void);	/* monotonic */
uint64_t srv_realtime_ns(void); /* since 1970 */
void srv_random(void *buf, size_t n);

/* --- heap: charged to the domain; NULL when its quota is used up */
void *srv_alloc(size_t n); /* zeroed */
void srv_free(void *p);

/* --- locks: sleeping, short; none may be held over a call out */
struct srv_mutex {
	uint32_t word, pad;
};
void srv_lock(struct srv_mutex *m);
void srv_unlock(struct srv_mutex *m);

/* --- the client's declared buffers, by argument index; bytes done (short at a bad address) or -EFAULT, -ERETRYFAULT */
ssize_t client_read(unsigned arg, size_t off, void *dst, size_t n);
ssize_t client_write(unsigned arg, size_t off, const void *src, size_t n);
ssize_t client_zero(unsigned arg, size_t off, size_t n);
ssize_t client_strcpy(unsigned arg, char *dst, size_t max); /* length without NUL; -ENAMETOOLONG */
ssize_t client_copy_from_object(unsigned arg, size_t off, srv_handle pmo, uint64_t pos, size_t n);
ssize_t client_copy_to_object(unsigned arg, size_t off, srv_handle pmo, uint64_t pos, size_t n);

/* --- memory objects (anonymous, zero-filled); handle or -errno */
int64_t srv_pmo_create(uint64_t size);
int srv_pmo_resize(srv_handle pmo, uint64_t size);
ssize_t srv_pmo_read(srv_handle pmo, uint64_t pos, void *dst, size_t n);
ssize_t srv_pmo_write(srv_handle pmo, uint64_t pos, const void *src, size_t n);
int srv_pmo_punch(srv_handle pmo, uint64_t pos, uint64_t n);
uint64_t srv_pmo_pages(srv_handle pmo); /* pages present */
void srv_pmo_drop(srv_handle pmo);
/* Attach pmo to the connection being minted or called, so that the shim maps it without asking. */
int conn_set_pmo(srv_handle pmo);

/* --- connections */
struct conn_init {
	uint64_t badge;
	uint32_t kind, mode, status, cell, want;
	uint64_t cookie[4];
};
/* Mint a connection to this service's endpoint and give it to the caller with the reply (return rpc_conn()). */
int conn_give(const struct conn_init *init);
/* Badge of the lent connection in argument arg if it belongs to this service; 0 if not. */
uint64_t conn_mine(unsigned arg);
/* Open-file record of the connection this call came through. */
struct lx_ofd *conn_ofd(void);

/* --- readiness cells */
uint32_t cell_alloc(uint32_t mask); /* 0: none left */
void cell_free(uint32_t cell);
void cell_set(uint32_t cell, uint32_t mask, uint32_t edge); /* publish, wake who waits for edge */
/* Say what the PARK that this handler returns next waits for: any of events on cell newer than 'seen' (a word loaded before
 * the state was looked at). deadline_ns absolute monotonic, ~0 none. */
int park_on(uint32_t cell, uint64_t seen, uint32_t events, uint64_t deadline_ns);
uint64_t cell_load(uint32_t cell);

/* --- who calls: only on calls of the shim; NULL otherwise */
const struct lx_cred *srv_client_cred(const struct rpc_call *c);
const struct lx_thread *srv_client_thread(const struct rpc_call *c);
const struct lx_proc *srv_client_proc(const struct rpc_call *c);

/* --- the console (held by tty) and events without a caller */
size_t srv_console_write(const char *buf, size_t n);
size_t srv_console_read(char *buf, size_t n);
/* Start a service thread of this domain running fn(arg); it waits with srv_wait_console() and the like at its base. */
int srv_thread(void (*fn)(void *arg), void *arg, const char *name);
void srv_wait_console(void); /* until input is there */

/* --- signals raised by tty and proc for job control */
int srv_signal_pgrp(uint32_t pgid, int sig);
int srv_signal_pid(uint32_t pid, int sig, int code, uint32_t from_pid, int status);

/* --- the boot archive: base address of a read-only copy in this domain, size in bytes */
const void *srv_archive(size_t *size);

/* --- a service's description, one per service, collected by the composer */
struct service {
	const char *name;
	const struct opdesc *ops;
	const rpc_handler *handlers;
	unsigned nops;
	int (*init)(void);
};
#endif
