#define _GNU_SOURCE
#include "child.h"
#include <CVIPPrivilege.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIRST_OTHER = 3,
    NOEXEC_SEAL = 0x0008  // MFD_NOEXEC_SEAL, which the headers of Debian 12 lack
};

// A file in memory, unlike a pipe, takes any input at once, so that nobody waits for a program that does not read.
static int input_file(const void *input, size_t length) {
    if (input == NULL)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    // Data, not a program: a kernel may insist on that being said (vm.memfd_noexec), or not know the word (before 6.3).
    int fd = memfd_create("facts", MFD_CLOEXEC | NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("facts", MFD_CLOEXEC);
    if (fd < 0)
        return fd;
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(fd, (const char *)input + done, length - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            goto failed;
        done += (size_t)count;
    }
    if (lseek(fd, 0, SEEK_SET) == 0)
        return fd;
failed:;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

// In the child, between fork and execve: only calls that are safe after the fork of a process with threads.
static void run(const struct cvip_child_options *options, pid_t parent, int input, int output, int failure) {
    sigset_t none;
    sigemptyset(&none);
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, &usual, NULL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);

    // The parent may have ended before it is asked to tell of its end.
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        goto failed;
    // The descriptor that tells of a failure must be out of the way of the standard ones.
    failure = fcntl(failure, F_DUPFD_CLOEXEC, FIRST_OTHER);
    if (failure < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0 || chdir("/") < 0)
        goto failed;
    // All are close-on-exec by themselves; should one of a library's not be, no program shall have it.
    (void)syscall(SYS_close_range, FIRST_OTHER, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    if (options->limits != NULL && cvip_privilege_unbound(options->limits) < 0)
        goto failed;
    execve(options->arguments[0], options->arguments, options->environment);
failed:;
    int error = errno;
    (void)!write(failure, &error, sizeof error);
    _exit(127);
}

int cvip_child_start(const struct cvip_child_options *options, struct cvip_child *child) {
    int output[2] = {-1, -1}, failure[2] = {-1, -1};
    pid_t pid = -1;
    int input = input_file(options->input, options->input_length);
    if (input >= 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(failure, O_CLOEXEC | O_NONBLOCK) == 0 &&
        fcntl(output[0], F_SETFL, O_NONBLOCK) == 0) {
        pid_t parent = getpid();
        pid = fork();
        if (pid == 0)
            run(options, parent, input, output[1], failure[1]);
    }
    int error = errno;
    int ours[] = {input, output[1], failure[1]};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (ours[i] >= 0)
            close(ours[i]);
    }
    if (pid < 0) {
        if (output[0] >= 0)
            close(output[0]);
        if (failure[0] >= 0)
            close(failure[0]);
        return -error;
    }
    *child = (struct cvip_child){.pid = pid, .output = output[0], .failure = failure[0]};
    return 0;
}

int cvip_child_failure(int failure) {
    int error = 0;
    return read(failure, &error, sizeof error) == sizeof error ? error : 0;
}

void cvip_child_kill(pid_t pid) {
    // The group is not there before the child has made its session; the child itself is.
    (void)kill(-pid, SIGKILL);
    (void)kill(pid, SIGKILL);
}

int cvip_child_watch(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return -errno;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigaction(SIGINT, &ignore, NULL) < 0 ||
        sigaction(SIGHUP, &ignore, NULL) < 0)
        return -errno;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -errno;
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cvip_child_heard(int watch) {
    struct signalfd_siginfo information;
    int terminate = 0;
    while (read(watch, &information, sizeof information) == sizeof information)
        terminate |= information.ssi_signo == SIGTERM;
    return terminate;
}

int cvip_child_reap(struct cvip_child_end *end) {
    // Until it is reaped nothing else can have its number, so that its group can be killed by it.
    siginfo_t ended = {.si_pid = 0};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 || ended.si_pid == 0)
        return 0;
    (void)kill(-ended.si_pid, SIGKILL);
    int status;
    pid_t pid = waitpid(ended.si_pid, &status, WNOHANG);
    if (pid <= 0)
        return 0;
    end->pid = pid;
    end->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 1;
}

int cvip_child_any(void) {
    siginfo_t ended;
    return waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int is_kept(pid_t pid, const pid_t *kept, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (kept[i] == pid)
            return 1;
    }
    return 0;
}

void cvip_child_sweep(const pid_t *kept, size_t count) {
    FILE *children = fopen("/proc/thread-self/children", "re");
    if (children == NULL)
        return;
    int pid;
    while (fscanf(children, "%d", &pid) == 1) {
        // A child that is not reaped yet keeps its number, so none but it can be hit.
        if (!is_kept(pid, kept, count) && !is_kept(getsid(pid), kept, count))
            (void)kill(pid, SIGKILL);
    }
    (void)fclose(children);
}
