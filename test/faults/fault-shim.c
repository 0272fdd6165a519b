// Loaded into the program before libc: one write or fsync of the files of one place goes wrong.
//   FAULT_PATH  part of the path that the file must have
//   FAULT_KIND  short torn flip lost enospc (writes), eio (fsync), kill (before any call that opens, writes or syncs)
//   FAULT_AT    which of the matching calls, counted over all threads from 1; FAULT_ON=1: from there on all of them
//   FAULT_GATE  nothing counts before there is a file of this name
//   FAULT_LOG   a file that gets one line for each call that went wrong
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int matching;

static int is(const char *kind) {
  const char *wanted = getenv("FAULT_KIND");
  return wanted && strcmp(wanted, kind) == 0;
}

// Whether this call on this file is the one.
static int is_the_one(const char *path) {
  const char *part = getenv("FAULT_PATH"), *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG"), *gate = getenv("FAULT_GATE");
  if (!part || !at || !strstr(path, part) || (gate && access(gate, F_OK) != 0)) return 0;
  int count = atomic_fetch_add(&matching, 1) + 1;
  if (getenv("FAULT_ON") ? count < atoi(at) : count != atoi(at)) return 0;
  int out = log ? syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (out >= 0) {
    syscall(SYS_write, out, path, strlen(path));
    syscall(SYS_write, out, "\n", 1);
    syscall(SYS_close, out);
  }
  return 1;
}

// Before a call that changes something, or opens it.
static void step(const char *path) {
  if (is("kill") && is_the_one(path)) kill(getpid(), SIGKILL);
}

static int strikes(int fd, int sync) {
  char link[64], path[4096];
  if (!is("kill") && is("eio") != sync) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!is("kill")) return is_the_one(path);
  step(path);
  return 0;
}

static ssize_t put(int fd, const void *bytes, size_t size, off_t offset) {
  if (offset < 0) return syscall(SYS_write, fd, bytes, size);
  return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

static ssize_t one(int fd, const void *bytes, size_t size, off_t offset) {
  if (!strikes(fd, 0) || size == 0) return put(fd, bytes, size, offset);
  if (is("enospc")) return errno = ENOSPC, -1;
  if (is("lost")) return size;
  if (is("short") || is("torn")) {
    ssize_t half = put(fd, bytes, (size + 1) / 2, offset);
    if (is("torn")) kill(getpid(), SIGKILL);
    return half;
  }
  unsigned char *copy = malloc(size);
  memcpy(copy, bytes, size);
  copy[size / 2] ^= 4;
  ssize_t written = put(fd, copy, size, offset);
  free(copy);
  return written;
}

// Several pieces in one call: only the first goes through `one`, which is a short write as the caller sees it.
static ssize_t many(int fd, const struct iovec *pieces, int count, off_t offset) {
  for (int i = 0; i < count; i++)
    if (pieces[i].iov_len > 0) return one(fd, pieces[i].iov_base, pieces[i].iov_len, offset);
  return 0;
}

static int sync_of(int fd, long number) {
  if (strikes(fd, 1)) return errno = EIO, -1;
  return syscall(number, fd);
}

ssize_t write(int fd, const void *b, size_t n) { return one(fd, b, n, -1); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return one(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) { return one(fd, b, n, o); }
ssize_t pwritev(int fd, const struct iovec *v, int c, off_t o) { return many(fd, v, c, o); }
ssize_t pwritev64(int fd, const struct iovec *v, int c, off_t o) { return many(fd, v, c, o); }
int ftruncate(int fd, off_t n) { return strikes(fd, 2), syscall(SYS_ftruncate, fd, n); }
int ftruncate64(int fd, off_t n) { return ftruncate(fd, n); }
int mkdir(const char *path, mode_t mode) { return step(path), syscall(SYS_mkdirat, AT_FDCWD, path, mode); }
int unlink(const char *path) { return step(path), syscall(SYS_unlinkat, AT_FDCWD, path, 0); }
int rename(const char *a, const char *b) { return step(b), syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0); }
int fsync(int fd) { return sync_of(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_of(fd, SYS_fdatasync); }

static int open_of(const char *path, int flags, mode_t mode) {
  step(path);
  return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#define OPEN(name)                             \
  int name(const char *path, int flags, ...) { \
    va_list rest;                              \
    va_start(rest, flags);                     \
    mode_t mode = va_arg(rest, mode_t);        \
    va_end(rest);                              \
    return open_of(path, flags, mode);         \
  }
OPEN(open)
OPEN(open64)
