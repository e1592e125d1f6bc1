#define _GNU_SOURCE
#include "wait.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

enum { MOST_EVENTS = 64 };

int cvip_wait_open(void) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    return set < 0 ? -errno : set;
}

static int control(int set, int operation, int fd, int writable, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0U), .data.u64 = token};
    return epoll_ctl(set, operation, fd, &event) < 0 ? -errno : 0;
}

int cvip_wait_add(int set, int fd, int writable, uint64_t token) {
    return control(set, EPOLL_CTL_ADD, fd, writable, token);
}

int cvip_wait_modify(int set, int fd, int writable, uint64_t token) {
    return control(set, EPOLL_CTL_MOD, fd, writable, token);
}

void cvip_wait_remove(int set, int fd) {
    (void)control(set, EPOLL_CTL_DEL, fd, 0, 0);
}

int cvip_wait_ready(int set, struct cvip_ready *ready, int capacity) {
    struct epoll_event events[MOST_EVENTS];
    int count = epoll_wait(set, events, capacity < MOST_EVENTS ? capacity : MOST_EVENTS, 0);
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++)
        ready[i] = (struct cvip_ready){.token = events[i].data.u64, .writable = (events[i].events & EPOLLOUT) != 0};
    return count;
}

int64_t cvip_wait_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);  // cannot fail: the clock is there since Linux 2.6.39
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}
