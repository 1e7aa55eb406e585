/* SPDX-License-Identifier: BSD-2-Clause */
/* The line discipline: what a byte typed does (editing, signals, echo) and what a byte written becomes. */
#include "tty.h"
#include <tessera/lib/string.h>

void tty_reset_termios(struct tty *t)
{
	static const uint8_t cc[NCCS] = {3,  28, 127, 21, 4,  0,  1, 0, 17, 19,
					 26, 0,	 18,  15, 23, 22, 0, 0, 0};

	t->t.iflag = ICRNL | IXON;
	t->t.oflag = OPOST | ONLCR;
	t->t.cflag = 015 | 060 | 0200 | 02000; /* B9600 CS8 CREAD HUPCL, as a fresh console has */
	t->t.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	t->t.line = 0;
	memcpy(t->t.cc, cc, sizeof(cc));
}

bool tty_readable(const struct tty *t)
{
	return t->t.lflag & ICANON
		       ? t->lines != 0
		       : t->len >= (t->t.cc[VTIME] ? 1u : MAX((uint32_t)t->t.cc[VMIN], 1u));
}

void tty_publish(struct tty *t, uint32_t edge)
{
	cell_set(t->cell,
		 CELL_OUT | CELL_WRNORM |
			 (t->len && (!(t->t.lflag & ICANON) || t->lines) ? CELL_IN | CELL_RDNORM
									 : 0),
		 edge);
}

static void emit(struct tty *t, const char *s, size_t n)
{
	srv_console_write(s, n);
}

void tty_output(struct tty *t, const char *buf, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		char ch = buf[i];
		const char *rep = NULL;

		if (t->t.oflag & OPOST) {
			if (ch == '\n' && (t->t.oflag & ONLCR))
				rep = "\r\n";
			else if (ch == '\r' && (t->t.oflag & OCRNL))
				rep = "\n";
		}
		if (ch == '\r' || ch == '\n')
			t->column = 0;
		else if (ch == '\b')
			t->column -= t->column != 0;
		else if (ch == '\t')
			t->column = (t->column | 7) + 1;
		else if ((uint8_t)ch >= ' ')
			t->column++;
		if (rep) {
			emit(t, buf + start, i - start);
			emit(t, rep, strlen(rep));
			start = i + 1;
		}
	}
	emit(t, buf + start, n - start);
}

static uint8_t *at(struct tty *t, uint32_t i)
{
	return &t->in[(t->head + i) % TTY_BUF];
}

static void set_eof(struct tty *t, uint32_t i, bool on)
{
	uint32_t p = (t->head + i) % TTY_BUF;

	if (on)
		t->eof[p / 8] |= (uint8_t)(1u << p % 8);
	else
		t->eof[p / 8] &= (uint8_t) ~(1u << p % 8);
}

static void echo(struct tty *t, uint8_t ch)
{
	if (ch == '\n' ? !(t->t.lflag & (ECHO | ECHONL)) : !(t->t.lflag & ECHO))
		return;
	if ((t->t.lflag & ECHOCTL) && (ch < ' ' || ch == 127) && ch != '\n' && ch != '\t') {
		char two[2] = {'^', (char)(ch ^ 0x40)};

		tty_output(t, two, 2);
	} else {
		tty_output(t, (const char *)&ch, 1);
	}
}

/* Rub out the last byte of the unfinished line; a UTF-8 sequence goes as one. */
static void erase_one(struct tty *t)
{
	uint8_t ch;

	do {
		t->edit--;
		ch = *at(t, t->len + t->edit);
	} while (t->edit && (t->t.iflag & IUTF8) && (ch & 0xc0) == 0x80);
	if (!(t->t.lflag & ECHO))
		return;
	if (!(t->t.lflag & ECHOE)) {
		echo(t, t->t.cc[VERASE]);
		return;
	}
	if (ch ==
	    '\t') { /* back to where the tab began is not kept: redraw by spaces would lie, so step back one cell */
		tty_output(t, "\b", 1);
		return;
	}
	tty_output(t, "\b \b", 3);
	if ((ch < ' ' || ch == 127) && (t->t.lflag & ECHOCTL))
		tty_output(t, "\b \b", 3);
}

void tty_flush_input(struct tty *t)
{
	t->head = t->len = t->edit = t->lines = 0;
	memset(t->eof, 0, sizeof(t->eof));
	tty_publish(t, 0);
}

void tty_mode_changed(struct tty *t, bool was_canon)
{
	bool canon = t->t.lflag & ICANON;

	if (was_canon && !canon) { /* the unfinished line can be read now */
		t->len += t->edit;
		t->edit = t->lines = 0;
	} else if (!was_canon && canon) { /* what lies there counts as a line */
		t->lines = t->len ? 1 : 0;
	}
	tty_publish(t, CELL_IN);
}

static bool is_cc(const struct tty *t, uint8_t ch, unsigned which)
{
	return t->t.cc[which] && t->t.cc[which] == ch;
}

static bool signal_char(struct tty *t, uint8_t ch, int *signal)
{
	int sig = is_cc(t, ch, VINTR) ? 2 : is_cc(t, ch, VQUIT) ? 3 : is_cc(t, ch, VSUSP) ? 20 : 0;

	if (!sig || !(t->t.lflag & ISIG))
		return false;
	if (!(t->t.lflag & NOFLSH))
		tty_flush_input(t);
	echo(t, ch);
	*signal = sig;
	return true;
}

static bool edit_char(struct tty *t, uint8_t ch)
{
	if (is_cc(t, ch, VERASE)) {
		if (t->edit)
			erase_one(t);
	} else if (is_cc(t, ch, VKILL)) {
		while (t->edit)
			erase_one(t);
	} else if ((t->t.lflag & IEXTEN) && is_cc(t, ch, VWERASE)) {
		while (t->edit && *at(t, t->len + t->edit - 1) == ' ')
			erase_one(t);
		while (t->edit && *at(t, t->len + t->edit - 1) != ' ')
			erase_one(t);
	} else if ((t->t.lflag & IEXTEN) && is_cc(t, ch, VREPRINT)) {
		echo(t, ch);
		tty_output(t, "\n", 1);
		for (uint32_t i = 0; i < t->edit; i++)
			echo(t, *at(t, t->len + i));
	} else {
		return false;
	}
	return true;
}

void tty_input(struct tty *t, uint8_t ch, int *signal)
{
	bool literal = t->lnext, eof = false;

	*signal = 0;
	if (t->t.iflag & ISTRIP)
		ch &= 0x7f;
	if (!literal) {
		if (ch == '\r') {
			if (t->t.iflag & IGNCR)
				return;
			if (t->t.iflag & ICRNL)
				ch = '\n';
		} else if (ch == '\n' && (t->t.iflag & INLCR)) {
			ch = '\r';
		}
		if (signal_char(t, ch, signal))
			return;
		if ((t->t.lflag & (ICANON | IEXTEN)) == (ICANON | IEXTEN) && is_cc(t, ch, VLNEXT)) {
			t->lnext = true;
			return;
		}
		if ((t->t.lflag & ICANON) && edit_char(t, ch))
			return;
	}
	t->lnext = false;
	if (t->len + t->edit >= TTY_BUF - 1 &&
	    !((t->t.lflag & ICANON) && ch == '\n' && t->len + t->edit < TTY_BUF)) {
		tty_output(t, "\a", 1); /* full: the byte is lost, audibly */
		return;
	}
	eof = (t->t.lflag & ICANON) && !literal && is_cc(t, ch, VEOF);
	*at(t, t->len + t->edit) = ch;
	set_eof(t, t->len + t->edit, eof);
	if (!eof)
		echo(t, ch);
	if (!(t->t.lflag & ICANON)) {
		t->len++;
		tty_publish(t, CELL_IN);
		return;
	}
	t->edit++;
	if (eof || (!literal && (ch == '\n' || is_cc(t, ch, VEOL) || is_cc(t, ch, VEOL2)))) {
		t->len += t->edit;
		t->edit = 0;
		t->lines++;
		tty_publish(t, CELL_IN);
	}
}
