#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

int cvip_terminal_open(int stream) {
    // Only of the controlling terminal does the kernel tell who is in its foreground (tcgetpgrp(3)).
    if (tcgetpgrp(stream) < 0)
        return -errno;
    int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cvip_terminal_size(int fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

static int set_modes(int fd, const struct termios *modes) {
    // Not TCSADRAIN: where output is held up (Ctrl-S, a connection that hangs) that would wait for ever.
    while (tcsetattr(fd, TCSANOW, modes) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

int cvip_terminal_take(int fd, struct termios *before) {
    if (tcgetattr(fd, before) < 0)
        return -errno;
    struct termios modes = *before;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    modes.c_lflag |= ISIG;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    return set_modes(fd, &modes);
}

int cvip_terminal_give_back(int fd, const struct termios *before) {
    (void)tcflush(fd, TCIFLUSH);
    return set_modes(fd, before);
}

int cvip_signal_obey(int signal) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigemptyset(&set);
    if (sigaddset(&set, signal) < 0 || sigaction(signal, &standard, NULL) < 0 || kill(getpid(), signal) < 0)
        return -errno;
    // Pending, it comes before this returns.
    int error = pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (error == 0)
        error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    return -error;
}
