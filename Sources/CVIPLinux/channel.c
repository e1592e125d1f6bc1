#define _GNU_SOURCE
#include "channel.h"

#include "unix_socket.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CHILD_END = 3 };

int cvip_channel_connect(const char *path) {
    return cvip_unix_connect(path, SOCK_SEQPACKET);
}

// The child starts with the signals as a program expects them: none blocked, those that are ignored here at their
// default. Returns 0 or an error number.
static int spawn(const char *path, int end, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(&attributes, &usual);
    if (error == 0)
        error = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    // Where the two are the same descriptor this takes the close-on-exec flag away.
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, end, CHILD_END);
    if (error == 0) {
        char *const arguments[] = {(char *)path, "--fd", "3", NULL};
        error = posix_spawn(pid, path, &actions, &attributes, arguments, environ);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// A caller in realtime may lock as much memory as it likes, which is nothing that a child inherits; 8 MB are what Linux
// gives to all (since 5.16). The child does nothing before it is asked to, so it is early enough.
static void limit_locked_memory(pid_t pid) {
    const struct rlimit usual = {.rlim_cur = 8 << 20, .rlim_max = 8 << 20};
    struct rlimit own;
    if (getrlimit(RLIMIT_MEMLOCK, &own) == 0 && own.rlim_max == RLIM_INFINITY)
        (void)prlimit(pid, RLIMIT_MEMLOCK, &usual, NULL);  // fails only for a child that has ended
}

int cvip_channel_spawn(const char *path, int *pidfd) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -errno;
    pid_t pid;
    int error = spawn(path, ends[1], &pid);
    close(ends[1]);
    if (error == 0) {
        limit_locked_memory(pid);
        // Not reaped yet, so the number is still the child's. The C library has a function for it from 2.36 on only.
        *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (*pidfd >= 0)
            return ends[0];
        error = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    close(ends[0]);
    return -error;
}

int cvip_channel_send(int fd, const uint8_t *bytes, size_t length) {
    return send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int cvip_channel_receive(int fd, uint8_t *bytes, size_t capacity) {
    ssize_t length = recv(fd, bytes, capacity, MSG_DONTWAIT | MSG_TRUNC);
    return length < 0 ? -errno : (int)length;
}

int cvip_channel_kill(int pidfd) {
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return -errno;
    return 0;
}

int cvip_channel_reap(int pidfd) {
    siginfo_t information = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &information, WEXITED | WNOHANG) < 0)
        return -errno;
    return information.si_pid != 0;
}
