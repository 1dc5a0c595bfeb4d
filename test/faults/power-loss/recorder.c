/*
 * A recorder of what a program does to the disk, preloaded into every process of a run (LD_PRELOAD). From its log,
 * disk-model.ts builds what may lie on the disk after a loss of power at any point of the run.
 *
 * Every change of a file or of a directory, every fsync, and every word to the outside (a write to a pipe or a
 * socket) becomes one record, appended to the log under one lock that all processes share. The change itself is made
 * under the same lock, so that the order of the records is the order of the changes. Words are recorded before they
 * are said, syncs after they would have been done: an error of the recorder's can only make the judge stricter.
 *
 * A sync is recorded and not made: the model, not this machine's disk, says what survived. Changes through a memory
 * map are not seen; SQLite maps its -shm file alone, which it builds anew after a crash.
 *
 * A record: u32 length of the rest, u8 kind, u8 0, u16 length of the name, u64 a, u64 b, u64 c, name, data.
 *   W  a inode  b offset              data: bytes written        T  a inode  b size          cut or extended
 *   F  a inode                        file synced                D  a inode                  directory synced
 *   A                                 all synced
 *   C  a directory  b inode  c kind   name: made (f, d, s)       L  a directory  b inode     name: linked
 *   U  a directory                    name: removed              R  a, b directories  c length of the first name
 *   S  a process                      data: said                    name: both names, one after the other
 *
 * CAB_POWER_LOG: the log. CAB_POWER_DEAF: letters of syncs that are left out of it (F files, Q files of the job store,
 * D directories, P the directory of pointers, A all at once), to show that the judge notices. CAB_POWER_BOOT: a file with the id of the
 * boot in which the run takes place; the judge's is another one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static pthread_mutex_t threads = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static const char *deaf = "";
/* Of the thread that holds the lock. */
static sigset_t signals_before;

static void after_fork(void) { pthread_mutex_init(&threads, NULL); }

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CAB_POWER_LOG");
  if (!path) return;
  if (getenv("CAB_POWER_DEAF")) deaf = getenv("CAB_POWER_DEAF");
  int low = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  /* Out of the way of programs that expect their first file to be number 3. */
  log_fd = fcntl(low, F_DUPFD_CLOEXEC, 900);
  close(low);
  pthread_atfork(NULL, NULL, after_fork);
}

/* Locks of fcntl belong to a process, so that a fork does not share them; threads exclude each other beside them. */
static void lock(void) {
  if (log_fd < 0) return;
  /* A handler of signals may write, and would wait for the lock of the thread that it interrupts. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&threads);
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  while (fcntl(log_fd, F_SETLKW, &whole) == -1 && errno == EINTR) {
  }
  signals_before = before;
}

static void unlock(void) {
  if (log_fd < 0) return;
  int kept = errno;
  struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  fcntl(log_fd, F_SETLK, &whole);
  sigset_t before = signals_before;
  pthread_mutex_unlock(&threads);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = kept;
}

static void note(char kind, uint64_t a, uint64_t b, uint64_t c, const char *name, size_t name_length,
                 const struct iovec *data, int pieces, size_t length) {
  if (log_fd < 0) return;
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  int kept = errno;
  struct __attribute__((packed)) {
    uint32_t rest;
    uint8_t kind, zero;
    uint16_t name;
    uint64_t a, b, c;
  } head = {(uint32_t)(28 + name_length + length), (uint8_t)kind, 0, (uint16_t)name_length, a, b, c};
  struct iovec parts[66] = {{&head, sizeof head}, {(void *)name, name_length}};
  int count = 2;
  for (int i = 0; i < pieces && length > 0 && count < 66; i++) {
    size_t take = data[i].iov_len < length ? data[i].iov_len : length;
    parts[count++] = (struct iovec){data[i].iov_base, take};
    length -= take;
  }
  size_t all = 4 + head.rest;
  /* A log that cannot be written would make every verdict worthless. */
  if (real(log_fd, parts, count) != (ssize_t)all) abort();
  errno = kept;
}

static void note_name(char kind, uint64_t a, uint64_t b, uint64_t c, const char *name) {
  note(kind, a, b, c, name, strlen(name), NULL, 0, 0);
}

static int is_regular(int fd, struct stat *found) {
  int kept = errno;
  int answer = fstat(fd, found) == 0 && S_ISREG(found->st_mode);
  errno = kept;
  return answer;
}

/* The directory that holds a path, and the path's last part. */
static uint64_t parent_of(int at, const char *path, char *name) {
  char dir[PATH_MAX];
  struct stat found;
  int kept = errno;
  snprintf(dir, sizeof dir, "%s", path);
  for (size_t end = strlen(dir); end > 1 && dir[end - 1] == '/'; end--) dir[end - 1] = 0;
  char *slash = strrchr(dir, '/');
  const char *last = slash ? slash + 1 : dir;
  size_t length = strnlen(last, NAME_MAX);
  memcpy(name, last, length);
  name[length] = 0;
  if (!slash) strcpy(dir, ".");
  else if (slash == dir) slash[1] = 0;
  else *slash = 0;
  uint64_t inode = fstatat(at, dir, &found, 0) == 0 ? found.st_ino : 0;
  errno = kept;
  return inode;
}

static uint64_t inode_at(int at, const char *path) {
  struct stat found;
  int kept = errno;
  uint64_t inode = fstatat(at, path, &found, AT_SYMLINK_NOFOLLOW) == 0 ? found.st_ino : 0;
  errno = kept;
  return inode;
}

static void note_made(char kind, int at, const char *path) {
  char name[NAME_MAX + 1];
  uint64_t dir = parent_of(at, path, name);
  note_name('C', dir, inode_at(at, path), (uint64_t)kind, name);
}

/* ---- opening ---- */

static int opened(int at, const char *path, int flags, mode_t mode) {
  REAL(int, "openat64", int, const char *, int, ...);
  const char *boot = getenv("CAB_POWER_BOOT");
  if (boot && path && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
    return real(AT_FDCWD, boot, flags, mode);
  if (log_fd < 0 || !(flags & (O_CREAT | O_TRUNC))) return real(at, path, flags, mode);
  lock();
  int kept = errno;
  int was = faccessat(at, path, F_OK, 0) == 0;
  errno = kept;
  int fd = real(at, path, flags, mode);
  struct stat found;
  if (fd >= 0 && is_regular(fd, &found)) {
    if (!was) note_made('f', at, path);
    else if (flags & O_TRUNC) note('T', found.st_ino, 0, 0, "", 0, NULL, 0, 0);
  }
  unlock();
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return opened(AT_FDCWD, path, flags, mode); \
  }
#define OPENAT(name) \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return opened(at, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int creat(const char *path, mode_t mode) {
  return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* ---- writing ---- */

static int is_channel(int fd) {
  struct stat found;
  int kept = errno;
  int answer = fstat(fd, &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode));
  errno = kept;
  return answer;
}

/* Bytes to a pipe may block: what is said is noted first, and said without the lock. */
static void note_said(int fd, const struct iovec *data, int pieces) {
  size_t length = 0;
  for (int i = 0; i < pieces; i++) length += data[i].iov_len;
  /* What names a job is longer than this; what wakes a thread is shorter. */
  if (log_fd < 0 || length < 32 || !is_channel(fd)) return;
  if (length > 1 << 16) length = 1 << 16;
  lock();
  note('S', (uint64_t)getpid(), 0, 0, "", 0, data, pieces, length);
  unlock();
}

#define WRITTEN(call, at_offset, data, pieces) \
  do { \
    struct stat found; \
    if (log_fd < 0 || !is_regular(fd, &found)) { \
      note_said(fd, data, pieces); \
      return call; \
    } \
    lock(); \
    ssize_t done = call; \
    if (done > 0) { \
      int kept = errno; \
      off_t place = (at_offset) >= 0 ? (at_offset) : lseek(fd, 0, SEEK_CUR) - done; \
      errno = kept; \
      note('W', found.st_ino, (uint64_t)place, 0, "", 0, data, pieces, (size_t)done); \
    } \
    unlock(); \
    return done; \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  struct iovec data = {(void *)bytes, length};
  WRITTEN(real(fd, bytes, length), (off_t)-1, &data, 1);
}
ssize_t writev(int fd, const struct iovec *data, int pieces) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  WRITTEN(real(fd, data, pieces), (off_t)-1, data, pieces);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  struct iovec data = {(void *)bytes, length};
  WRITTEN(real(fd, bytes, length, offset), offset, &data, 1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return pwrite(fd, bytes, length, offset);
}
ssize_t pwritev(int fd, const struct iovec *data, int pieces, off_t offset) {
  REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off_t);
  WRITTEN(real(fd, data, pieces, offset), offset, data, pieces);
}
ssize_t pwritev64(int fd, const struct iovec *data, int pieces, off64_t offset) {
  return pwritev(fd, data, pieces, offset);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);
  note_said(fd, message->msg_iov, (int)message->msg_iovlen);
  return real(fd, message, flags);
}
/* Programs fall back to reading and writing. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
  (void)in, (void)from, (void)out, (void)to, (void)length, (void)flags;
  errno = ENOSYS;
  return -1;
}

static int resized(int fd, off_t size, int (*change)(int, off_t)) {
  struct stat found;
  if (log_fd < 0 || !is_regular(fd, &found)) return change(fd, size);
  lock();
  int failed = change(fd, size);
  if (!failed) note('T', found.st_ino, (uint64_t)size, 0, "", 0, NULL, 0, 0);
  unlock();
  return failed;
}
int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate64", int, off_t);
  return resized(fd, size, real);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

/* ---- syncing ---- */

static char class_of(int fd, int is_dir) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  if (!is_dir) return strstr(path, "/jobs.db") ? 'Q' : 'F';
  char *last = strrchr(path, '/');
  return last && strcmp(last, "/index") == 0 ? 'P' : 'D';
}

static int synced(int fd, int (*sync)(int)) {
  struct stat found;
  if (log_fd < 0 || fstat(fd, &found) != 0) return sync(fd);
  int is_dir = S_ISDIR(found.st_mode);
  if (strchr(deaf, class_of(fd, is_dir))) return 0;
  lock();
  note(is_dir ? 'D' : 'F', found.st_ino, 0, 0, "", 0, NULL, 0, 0);
  unlock();
  return 0;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return synced(fd, real);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return synced(fd, real);
}

/* All that was written is synced. */
int syncfs(int fd) {
  REAL(int, "syncfs", int);
  if (log_fd < 0) return real(fd);
  if (strchr(deaf, 'A')) return 0;
  lock();
  note('A', 0, 0, 0, "", 0, NULL, 0, 0);
  unlock();
  return 0;
}

/* ---- names ---- */

static int removed(int at, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  if (log_fd < 0) return real(at, path, flags);
  lock();
  char name[NAME_MAX + 1];
  uint64_t dir = parent_of(at, path, name);
  int failed = real(at, path, flags);
  if (!failed) note_name('U', dir, 0, 0, name);
  unlock();
  return failed;
}
int unlinkat(int at, const char *path, int flags) { return removed(at, path, flags); }
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  int failed = removed(AT_FDCWD, path, 0);
  return failed && errno == EISDIR ? removed(AT_FDCWD, path, AT_REMOVEDIR) : failed;
}

int mkdirat(int at, const char *path, mode_t mode) {
  REAL(int, "mkdirat", int, const char *, mode_t);
  lock();
  int failed = real(at, path, mode);
  if (!failed) note_made('d', at, path);
  unlock();
  return failed;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int symlink(const char *target, const char *path) {
  REAL(int, "symlink", const char *, const char *);
  lock();
  int failed = real(target, path);
  if (!failed) note_made('s', AT_FDCWD, path);
  unlock();
  return failed;
}

int link(const char *from, const char *path) {
  REAL(int, "link", const char *, const char *);
  lock();
  int failed = real(from, path);
  if (!failed) {
    char name[NAME_MAX + 1];
    uint64_t dir = parent_of(AT_FDCWD, path, name);
    note_name('L', dir, inode_at(AT_FDCWD, path), 0, name);
  }
  unlock();
  return failed;
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
  REAL(int, "renameat", int, const char *, int, const char *);
  lock();
  char names[2 * NAME_MAX + 2], second[NAME_MAX + 1];
  uint64_t first_dir = parent_of(from_at, from, names), second_dir = parent_of(to_at, to, second);
  int failed = real(from_at, from, to_at, to);
  if (!failed) {
    size_t length = strlen(names);
    strcpy(names + length, second);
    note_name('R', first_dir, second_dir, length, names);
  }
  unlock();
  return failed;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
