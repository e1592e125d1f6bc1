// What an event loop stands on and Swift's Glibc module lacks: epoll(7), timerfd_create(2), eventfd(2), signalfd(2).
#ifndef CVIP_LOOP_H
#define CVIP_LOOP_H

#include <stddef.h>
#include <stdint.h>

/// Interest and readiness, as bits. A failure is reported whether asked for or not.
enum {
    CVIP_READABLE = 1,  // something to read, or the end of what there is
    CVIP_WRITABLE = 2,
    CVIP_FAILED = 4,    // EPOLLERR or EPOLLHUP: the next read or write tells
    CVIP_EDGE = 8       // of interest only: told once each time that it comes about, and not for as long as it lasts
};

struct cvip_ready {
    uint64_t token;
    uint32_t readiness;
};

/// Returns an epoll descriptor of the caller's, or -errno.
int cvip_epoll_open(void);

/// Has fd watched, level-triggered without CVIP_EDGE; its events carry token. Returns 0 or -errno: -EPERM for a regular file.
int cvip_epoll_add(int epoll, int fd, uint32_t interest, uint64_t token);
int cvip_epoll_modify(int epoll, int fd, uint32_t interest, uint64_t token);
/// -ENOENT or -EBADF where fd is not watched, or was closed.
int cvip_epoll_remove(int epoll, int fd);

/// Waits up to timeout_ms (-1: as long as it takes) and fills ready with up to capacity events, at most 64.
/// Returns how many; 0 also where a signal handler ran. -errno else.
int cvip_epoll_wait(int epoll, struct cvip_ready *ready, int capacity, int timeout_ms);

/// Returns 1 where cvip_epoll_wait would find something, else 0; what it would find, it still finds.
int cvip_epoll_is_ready(int epoll);

/// Nanoseconds of CLOCK_BOOTTIME: monotonic, going on while the machine is suspended.
int64_t cvip_boottime(void);

/// Returns a descriptor of the caller's that becomes readable at a time of CLOCK_BOOTTIME, or -errno.
int cvip_timer_open(void);
/// Sets that time, in nanoseconds; one that has passed fires at once, a negative one disarms. Either way what has fired
/// before is forgotten. Returns 0 or -errno.
int cvip_timer_set(int timer, int64_t boottime);

/// Returns an eventfd of the caller's, or -errno. Signal makes it readable, from any thread; clear makes it not.
int cvip_event_open(void);
void cvip_event_signal(int event);
void cvip_event_clear(int event);

/// Blocks the signals in the calling thread (and in threads it starts afterwards) and returns a descriptor of the
/// caller's through which they come, or -errno. Children inherit the mask: let them unblock it before execve.
int cvip_signal_open(const int *signals, size_t count);
/// The next signal's number, or -errno: -EAGAIN where none is pending.
int cvip_signal_next(int fd);

#endif
