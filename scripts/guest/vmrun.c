/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's side of scripts/vm.  It is the first process of a guest that has a command to run: mounts what programs expect, runs the
 * command without a terminal, reports its output and its status as frames on the console, powers off.  It asks little of the kernel
 * under it (openat read write pipe2 clone dup3 execve wait4 poll reboot); everything else may fail.
 *
 * Frame: STX type seq[8] len[4] crc[8] base64... ETX LF, numbers in hexadecimal, len = characters of base64, crc32 over all of it but
 * itself.  Types: B begin, O standard output, E standard error, X status.  scripts/vmlib/frames.py reads them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { CHUNK = 768, STX = 2, ETX = 3, ARGS_MAX = 1024, FILE_MAX = 128 * 1024 };

static int console = 1;
static uint32_t crc_table[256];
static char argv_text[FILE_MAX], env_text[FILE_MAX], cwd_text[4096];

static void crc_init(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		crc_table[i] = c;
	}
}

static uint32_t crc_add(uint32_t crc, const char *p, size_t n)
{
	crc = ~crc;
	while (n--)
		crc = crc_table[(crc ^ (uint8_t)*p++) & 0xff] ^ (crc >> 8);
	return ~crc;
}

static void write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static char *put_hex(char *p, uint32_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
		*p++ = "0123456789abcdef"[(value >> (4 * i)) & 15];
	return p;
}

static char *put_base64(char *p, const uint8_t *data, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)data[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)data[i + 1] << 8;
		if (i + 2 < n)
			v |= data[i + 2];
		*p++ = digit[v >> 18];
		*p++ = digit[(v >> 12) & 63];
		*p++ = i + 1 < n ? digit[(v >> 6) & 63] : '=';
		*p++ = i + 2 < n ? digit[v & 63] : '=';
	}
	return p;
}

/** Send one frame of at most CHUNK bytes. */
static void frame_send(char type, const void *data, size_t n)
{
	static uint32_t seq;
	static char buf[1 + 1 + 8 + 4 + 8 + (CHUNK + 2) / 3 * 4 + 2];
	char *p = buf, *crc_at, *text;
	uint32_t crc;

	*p++ = STX;
	*p++ = type;
	p = put_hex(p, seq++, 8);
	p = put_hex(p, (uint32_t)((n + 2) / 3 * 4), 4);
	crc_at = p;
	text = p + 8;
	p = put_base64(text, data, n);
	crc = crc_add(crc_add(0, buf + 1, (size_t)(crc_at - buf - 1)), text, (size_t)(p - text));
	put_hex(crc_at, crc, 8);
	*p++ = ETX;
	*p++ = '\n';
	write_all(console, buf, (size_t)(p - buf));
}

static void status_send(const char *word, int number)
{
	char text[32], *p = stpcpy(text, word);

	if (number >= 100)
		*p++ = (char)('0' + number / 100 % 10);
	if (number >= 10)
		*p++ = (char)('0' + number / 10 % 10);
	*p++ = (char)('0' + number % 10);
	frame_send('X', text, (size_t)(p - text));
}

/** Whole of a small file, ended by a NUL; -1 when it is not there. */
static ssize_t file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while (n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	buf[n] = 0;
	return (ssize_t)n;
}

/** Split NUL-ended strings into a NULL-ended vector. */
static int vector_split(char *text, ssize_t n, char **vector)
{
	int count = 0;

	for (char *p = text; n > 0 && p < text + n && count < ARGS_MAX; p += strlen(p) + 1)
		vector[count++] = p;
	vector[count] = NULL;
	return count;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *data;
		mode_t mode;
	} mounts[] = {
		{ "proc", "/proc", NULL, 0755 },
		{ "sysfs", "/sys", NULL, 0755 },
		{ "devtmpfs", "/dev", "mode=0755", 0755 },
		{ "devpts", "/dev/pts", "mode=0620,ptmxmode=0666", 0755 },
		{ "tmpfs", "/dev/shm", "mode=1777", 01777 },
		{ "tmpfs", "/tmp", "mode=1777", 01777 },
		{ "tmpfs", "/run", "mode=0755", 0755 },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, mounts[i].mode);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].data);
	}
}

/** The console, without any editing of what is written to it. */
static void console_open(void)
{
	struct termios t;
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		console = fd;
	if (tcgetattr(console, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(console, TCSANOW, &t);
	}
}

/** Linux: only a panic may still write to the console; less to take out of the frames again. */
static void kernel_quiet(void)
{
	int fd = open("/proc/sys/kernel/printk", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, "1\n", 2);
	close(fd);
}

static __attribute__((noreturn)) void power_off(void)
{
	sync();
	tcdrain(console);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static __attribute__((noreturn)) void child_run(char **argv, char **env, const int out[2], const int err[2])
{
	int null = open("/dev/null", O_RDWR);
	const char *why;

	if (null < 0)
		close(0);
	else if (null != 0)
		dup2(null, 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	if (null > 2)
		close(null);
	setsid();
	if (cwd_text[0] && chdir(cwd_text) < 0) {
		why = ": cannot change to the working directory\n";
		write_all(2, "vmrun: ", 7);
		write_all(2, cwd_text, strlen(cwd_text));
		write_all(2, why, strlen(why));
		_exit(125);
	}
	environ = env;
	execvp(argv[0], argv);
	why = errno == ENOENT ? ": not found\n" : errno == EACCES ? ": permission denied\n" : ": cannot be run\n";
	null = errno == ENOENT ? 127 : 126;
	write_all(2, "vmrun: ", 7);
	write_all(2, argv[0], strlen(argv[0]));
	write_all(2, why, strlen(why));
	_exit(null);
}

/** Read once from a pipe and send it on; false at its end. */
static int pipe_forward(int fd, char type)
{
	char buf[CHUNK];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n <= 0)
		return 0;
	frame_send(type, buf, (size_t)n);
	return 1;
}

/** Reap whatever ended; true once @pid did, with its status. */
static int child_ended(pid_t pid, int flags, int *status)
{
	int st;

	for (;;) {
		pid_t got = wait4(-1, &st, flags, NULL);

		if (got == pid) {
			*status = st;
			return 1;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
	}
}

/** Forward both pipes until they end, or until the child has ended and they are empty. */
static int output_forward(pid_t pid, int out, int err)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	static const char types[2] = { 'O', 'E' };
	int status = 0, ended = 0, last = 0;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		int n = poll(fds, 2, last ? 0 : 50);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {	/* no poll: one after the other */
			for (int i = 0; i < 2; i++)
				while (fds[i].fd >= 0 && pipe_forward(fds[i].fd, types[i]))
					;
			break;
		}
		if (n == 0 && last)
			break;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !pipe_forward(fds[i].fd, types[i]))
				fds[i].fd = -1;
		if (!ended)
			ended = child_ended(pid, WNOHANG, &status);
		/* Something that it started may keep the pipes: what is in them when nothing is ready is all. */
		last = ended;
	}
	if (!ended && !child_ended(pid, 0, &status))
		status = 255 << 8;
	return status;
}

int main(void)
{
	static char *argv[ARGS_MAX + 1], *env[ARGS_MAX + 1];
	static char *env_default[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "USER=root", "TERM=dumb", "LC_ALL=C.UTF-8", NULL
	};
	int out[2], err[2], status;
	pid_t pid;

	crc_init();
	mount_all();
	console_open();
	kernel_quiet();
	frame_send('B', "1", 1);
	if (vector_split(argv_text, file_read("/.vm/argv", argv_text, sizeof(argv_text)), argv) == 0) {
		static const char text[] = "vmrun: /.vm/argv: there is no command\n";

		frame_send('E', text, sizeof(text) - 1);
		status_send("exit ", 125);
		power_off();
	}
	if (vector_split(env_text, file_read("/.vm/env", env_text, sizeof(env_text)), env) == 0)
		memcpy(env, env_default, sizeof(env_default));
	environ = env;
	file_read("/.vm/cwd", cwd_text, sizeof(cwd_text));

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		static const char text[] = "vmrun: cannot make the pipes or the process\n";

		frame_send('E', text, sizeof(text) - 1);
		status_send("exit ", 125);
		power_off();
	}
	if (pid == 0)
		child_run(argv, env, out, err);
	close(out[1]);
	close(err[1]);
	status = output_forward(pid, out[0], err[0]);
	if (WIFSIGNALED(status))
		status_send("signal ", WTERMSIG(status));
	else
		status_send("exit ", WEXITSTATUS(status));
	power_off();
}
