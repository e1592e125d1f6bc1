// Waiting for descriptors, in one set that is itself a descriptor: epoll(7). And the clock of it.
#ifndef CVIPCHECK_WAIT_H
#define CVIPCHECK_WAIT_H

#include <stdint.h>

struct cvip_ready {
    uint64_t token;
    int32_t writable;  // else readable, or failed, which the next read tells
};

/// Returns a set of the caller's, or -errno.
int cvip_wait_open(void);
/// Has fd watched for reading, and for writing too; its events carry token. Returns 0 or -errno.
int cvip_wait_add(int set, int fd, int writable, uint64_t token);
int cvip_wait_modify(int set, int fd, int writable, uint64_t token);
void cvip_wait_remove(int set, int fd);
/// What is ready now: up to capacity events, at most 64. Returns how many, or -errno.
int cvip_wait_ready(int set, struct cvip_ready *ready, int capacity);

/// Milliseconds of CLOCK_BOOTTIME: monotonic, going on while the machine is suspended.
int64_t cvip_wait_now(void);

#endif
