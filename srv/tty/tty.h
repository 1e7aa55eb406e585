/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the terminal service: one terminal, its line discipline and its job-control state. */
#ifndef SRV_TTY_TTY_H
#define SRV_TTY_TTY_H
#include <srv/srv.h>
#include <srv/tty.rpc.h>
#include <srv/file.rpc.h>
#include <srv/statx.h>

enum { TTY_BUF = 4096, NCCS = 19 };
enum {
	VINTR,
	VQUIT,
	VERASE,
	VKILL,
	VEOF,
	VTIME,
	VMIN,
	VSWTC,
	VSTART,
	VSTOP,
	VSUSP,
	VEOL,
	VREPRINT,
	VDISCARD,
	VWERASE,
	VLNEXT,
	VEOL2
};
enum {
	IGNBRK = 1,
	INLCR = 0100,
	IGNCR = 0200,
	ICRNL = 0400,
	ISTRIP = 040,
	IXON = 02000,
	IUTF8 = 040000
};
enum { OPOST = 1, ONLCR = 4, OCRNL = 8, ONOCR = 020, ONLRET = 040 };
enum {
	ISIG = 1,
	ICANON = 2,
	ECHO = 010,
	ECHOE = 020,
	ECHOK = 040,
	ECHONL = 0100,
	NOFLSH = 0200,
	TOSTOP = 0400,
	ECHOCTL = 01000,
	ECHOKE = 04000,
	IEXTEN = 0100000
};

struct lx_termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line, cc[NCCS];
}; /* struct termios of the kernel ABI: 36 bytes */
struct lx_winsize {
	uint16_t row, col, xpixel, ypixel;
};

struct tty {
	struct srv_mutex lock;
	struct lx_termios t;
	struct lx_winsize win;
	uint32_t cell, sid, pgrp, opens;
	uint8_t in[TTY_BUF];	  /* ring of input; canonical lines end in '\n', VEOL or eof mark */
	uint8_t eof[TTY_BUF / 8]; /* bit: the byte at this place is an end-of-file mark */
	uint32_t head, len;	  /* ready to be read (canonical: whole lines) */
	uint32_t edit;		  /* canonical: bytes of the unfinished line behind them */
	uint32_t lines;		  /* canonical: complete lines in [head, head+len) */
	uint32_t column;	  /* of the cursor, for echoing erase and tabs */
	bool lnext, stopped;
};

/* ldisc.c; lock held */
void tty_input(struct tty *t, uint8_t ch, int *signal);
void tty_output(struct tty *t, const char *buf, size_t n);
bool tty_readable(const struct tty *t);
void tty_publish(struct tty *t, uint32_t edge);
void tty_reset_termios(struct tty *t);
void tty_flush_input(struct tty *t);
void tty_mode_changed(struct tty *t, bool was_canon);
/* ioctl.c */
struct rpc_ret tty_ioctl(struct tty *t, const struct rpc_call *c);
#endif
