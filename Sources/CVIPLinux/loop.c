#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST_EVENTS = 64 };

static int or_errno(int result) {
    return result < 0 ? -errno : result;
}

int cvip_epoll_open(void) {
    return or_errno(epoll_create1(EPOLL_CLOEXEC));
}

static int control(int epoll, int operation, int fd, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.data.u64 = token};
    if (interest & CVIP_READABLE)
        event.events |= EPOLLIN;
    if (interest & CVIP_WRITABLE)
        event.events |= EPOLLOUT;
    if (interest & CVIP_EDGE)
        event.events |= EPOLLET;
    return or_errno(epoll_ctl(epoll, operation, fd, &event));
}

int cvip_epoll_add(int epoll, int fd, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, interest, token);
}

int cvip_epoll_modify(int epoll, int fd, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, interest, token);
}

int cvip_epoll_remove(int epoll, int fd) {
    return control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
}

int cvip_epoll_wait(int epoll, struct cvip_ready *ready, int capacity, int timeout_ms) {
    struct epoll_event events[MOST_EVENTS];
    int count = epoll_wait(epoll, events, capacity < MOST_EVENTS ? capacity : MOST_EVENTS, timeout_ms);
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t happened = events[i].events;
        ready[i].token = events[i].data.u64;
        ready[i].readiness = 0;
        if (happened & EPOLLIN)
            ready[i].readiness |= CVIP_READABLE;
        if (happened & EPOLLOUT)
            ready[i].readiness |= CVIP_WRITABLE;
        if (happened & (EPOLLERR | EPOLLHUP))
            ready[i].readiness |= CVIP_FAILED;
    }
    return count;
}

int cvip_epoll_is_ready(int epoll) {
    struct pollfd descriptor = {.fd = epoll, .events = POLLIN};
    return poll(&descriptor, 1, 0) > 0;
}

int64_t cvip_boottime(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);  // cannot fail: the clock is there since Linux 2.6.39
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int cvip_timer_open(void) {
    return or_errno(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
}

int cvip_timer_set(int timer, int64_t boottime) {
    struct itimerspec when = {0};
    if (boottime >= 0) {
        // All zeros would disarm; the first nanosecond after boot has passed as well.
        int64_t armed = boottime > 0 ? boottime : 1;
        when.it_value.tv_sec = armed / INT64_C(1000000000);
        when.it_value.tv_nsec = armed % INT64_C(1000000000);
    }
    return or_errno(timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL));
}

int cvip_event_open(void) {
    return or_errno(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void cvip_event_signal(int event) {
    uint64_t one = 1;
    // EAGAIN means that it is readable already, by far.
    while (write(event, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void cvip_event_clear(int event) {
    uint64_t count;
    while (read(event, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

int cvip_signal_open(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        if (sigaddset(&set, signals[i]) < 0)
            return -errno;
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0)
        return -error;
    return or_errno(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int cvip_signal_next(int fd) {
    struct signalfd_siginfo information;
    ssize_t length;
    do
        length = read(fd, &information, sizeof information);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : (int)information.ssi_signo;
}
