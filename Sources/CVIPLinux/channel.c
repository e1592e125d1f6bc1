#define _GNU_SOURCE
#include "channel.h"

#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

// In the child: what it keeps of its parent, and then the program. The signals are as a program expects them: none blocked,
// those that are ignored here at their default.
static _Noreturn void become(const char *path, int end) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    // Where the two are the same descriptor dup2 leaves the close-on-exec flag as it is.
    if (end == CHILD_END ? fcntl(end, F_SETFD, 0) < 0 : dup2(end, CHILD_END) < 0)
        _exit(127);
    // Sockets of a parent that ends meanwhile must not live on in a child that is slow to begin. Before Linux 5.9 they do.
    (void)syscall(SYS_close_range, CHILD_END + 1, ~0U, 0);
    (void)setsid();
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    char *const arguments[] = {(char *)path, "--fd", "3", NULL};
    execve(path, arguments, environ);
    _exit(127);
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
    if (access(path, X_OK) < 0)
        return -errno;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -errno;
    // Not posix_spawn(3), which waits until the program has been loaded: on a busy disk longer than a holder may be silent.
    pid_t pid = fork();
    int error = pid < 0 ? errno : 0;
    if (pid == 0)
        become(path, ends[1]);
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
