#define _GNU_SOURCE
#include "CWhetProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The child's descriptors are first moved out of the way of the numbers they are to get.
static int prepare(
    posix_spawn_file_actions_t *actions, const char *folder, const int *descriptors, int count, int *moved)
{
    int code = 0;
    for (int i = 0; i < count && !code; i++) {
        moved[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, count);
        code = moved[i] < 0 ? errno : posix_spawn_file_actions_adddup2(actions, moved[i], i);
    }
    if (!code) code = posix_spawn_file_actions_addclosefrom_np(actions, count);
    if (!code && folder) code = posix_spawn_file_actions_addchdir_np(actions, folder);
    return code;
}

// What posix_spawn does with the attributes below, and PR_SET_PDEATHSIG, which it cannot: a child that shares our memory
// until its own program begins, while this thread waits and no signal finds a handler of ours in it.
static int spawn_mortal(
    const char *path, char *const arguments[], char *const environment[], const char *folder, const int *descriptors,
    int count, pid_t *child)
{
    sigset_t all, before, none;
    sigfillset(&all);
    sigemptyset(&none);
    volatile int failure = 0;
    int *moved = malloc(sizeof(int) * (size_t)count);
    if (!moved) return ENOMEM;
    for (int i = 0; i < count; i++) moved[i] = -1;
    for (int i = 0; i < count && !failure; i++)
        if ((moved[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, count)) < 0) failure = errno;
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t parent = getpid();
    pid_t made = failure ? 0 : vfork();
    if (!failure && made == 0) {
        for (int signal = 1; signal < NSIG; signal++) {
            struct sigaction usual = {.sa_handler = SIG_DFL};
            sigaction(signal, &usual, NULL);
        }
        setpgid(0, 0);
        int bad = prctl(PR_SET_PDEATHSIG, SIGKILL) != 0;
        if (getppid() != parent) _exit(127);
        for (int i = 0; i < count && !bad; i++) bad = dup2(moved[i], i) < 0;
        if (!bad) closefrom(count);
        if (!bad && folder) bad = chdir(folder) != 0;
        if (!bad) {
            sigprocmask(SIG_SETMASK, &none, NULL);
            execve(path, arguments, environment);
        }
        failure = errno;
        _exit(127);
    }
    if (!failure && made < 0) failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int i = 0; i < count; i++)
        if (moved[i] >= 0) close(moved[i]);
    free(moved);
    if (failure) {
        if (made > 0) while (waitpid(made, NULL, 0) < 0 && errno == EINTR) {}
        return failure;
    }
    *child = made;
    return 0;
}

static int spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder, const int *descriptors,
    int count, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int *moved = malloc(sizeof(int) * (size_t)count);
    if (!moved) return ENOMEM;
    for (int i = 0; i < count; i++) moved[i] = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int code = prepare(&actions, folder, descriptors, count, moved);
    if (!code) code = posix_spawn(child, path, &actions, &attributes, arguments, environment);
    for (int i = 0; i < count; i++)
        if (moved[i] >= 0) close(moved[i]);
    free(moved);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int whet_process_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder, const int *descriptors,
    int count, int dies, pid_t *child, int *watch)
{
    int code;
    // A program that was just written is busy for as long as a child that another thread is starting still holds the file
    // that it was written through: until that child's own program begins.
    const struct timespec moment = {0, 2000000};
    for (int tries = 0;; tries++) {
        code = (dies ? spawn_mortal : spawn)(path, arguments, environment, folder, descriptors, count, child);
        if (code != ETXTBSY || tries == 50) break;
        nanosleep(&moment, NULL);
    }
    if (code) return code;

    *watch = (int)syscall(SYS_pidfd_open, *child, 0);
    if (*watch >= 0) return 0;
    code = errno;
    // A child that cannot be watched is not kept.
    kill(-*child, SIGKILL);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR) {}
    return code;
}

int whet_process_pipe(int ends[2], int ours)
{
    if (pipe2(ends, O_CLOEXEC)) return errno;
    if (ours >= 0) fcntl(ends[ours], F_SETFL, O_NONBLOCK);
    return 0;
}

int whet_process_memory_file(const void *bytes, size_t count)
{
    int file = memfd_create("whet", MFD_CLOEXEC);
    if (file < 0) return -1;
    for (size_t done = 0; done < count;) {
        ssize_t written = write(file, (const char *)bytes + done, count - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            int code = errno;
            close(file);
            errno = code;
            return -1;
        }
        done += (size_t)written;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

int whet_process_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void whet_process_ring(int bell)
{
    uint64_t one = 1;
    ssize_t written = write(bell, &one, sizeof one);
    (void)written;
}

void whet_process_silence(int bell)
{
    uint64_t ticks;
    ssize_t count = read(bell, &ticks, sizeof ticks);
    (void)count;
}

void whet_process_ignore_broken_pipes(void)
{
    // Blocked, not ignored: how signals are handled belongs to the whole process.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}
