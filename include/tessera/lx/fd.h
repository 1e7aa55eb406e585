/* SPDX-License-Identifier: BSD-2-Clause */
/* Visible halves of an fd table slot and of an open file description (OFD) record. */
#ifndef TESSERA_LX_FD_H
#define TESSERA_LX_FD_H
#include <tessera/lib/types.h>

enum lx_fdkind {
	LX_FD_NONE,
	LX_FD_REG,
	LX_FD_DIR,
	LX_FD_CHR,
	LX_FD_BLK,
	LX_FD_FIFO,
	LX_FD_PIPE,
	LX_FD_SOCK,
	LX_FD_TTY,
	LX_FD_EPOLL,
	LX_FD_EVENT,
	LX_FD_TIMER,
	LX_FD_SIGFD,
	LX_FD_INOTIFY,
	LX_FD_PIDFD,
	LX_FD_MEMFD,
	LX_FD_NS,
	LX_FD_OPATH,
};
enum { LX_FDF_CLOEXEC = 1, LX_FDF_RESERVED = 2 };

struct lx_fdslot {
	uint32_t conn; /* connection number, 0 = free */
	uint8_t kind, fdflags, mode, pad;
	uint32_t rec; /* OFD record number in the owner's area */
	uint16_t dom, gen;
};
static_assert(sizeof(struct lx_fdslot) == 16, "lx_fdslot layout");

enum { /* lx_ofd.mode, fixed when the connection is minted */
       LX_M_READ = 1,
       LX_M_WRITE = 2,
       LX_M_LSEEK = 4,
       LX_M_PREAD = 8,
       LX_M_PWRITE = 16,
       LX_M_OPATH = 32,
       LX_M_ATOMICPOS = 64,
       LX_M_NOWAIT_OK = 128,
       LX_M_MMAP_OK = 256,
       LX_M_SPLICE_OK = 512,
       LX_M_LAZY_POLL = 1024,
};
enum { LX_W_EVERY_CLOSE = 1, LX_W_LAZY_RELEASE = 2, LX_W_SETFL = 4, LX_W_FORK_COPY = 8 };

struct lx_ofd {
	uint32_t status;    /* O_APPEND | O_NONBLOCK | ... : what F_SETFL may change */
	uint32_t mode;	    /* LX_M_* */
	int64_t pos;	    /* file offset */
	uint32_t poslock;   /* 0 free, else tid | waiters in bit 31; taken by the shim alone */
	uint32_t cell;	    /* readiness cell; 0 always ready; ~0 ask the owner */
	uint32_t want;	    /* LX_W_* */
	uint32_t openflags; /* as F_GETFL shows */
	uint64_t cookie[4]; /* the owner's own, survives its death */
};
static_assert(sizeof(struct lx_ofd) == 64, "lx_ofd layout");
#endif
