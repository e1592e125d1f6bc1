// Waiting with a fine grain, and pinning a thread to a CPU.
#define _GNU_SOURCE
#include "CVIPLab.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

int viplab_poll(struct pollfd *fds, size_t count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(fds, count, nanoseconds < 0 ? NULL : &limit, NULL);
    if (ready < 0)
        return errno == EINTR ? 0 : -errno;
    return ready;
}

int viplab_pin_to_cpu(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return -EINVAL;
    CPU_SET(cpu, &only);
    return sched_setaffinity(0, sizeof only, &only) < 0 ? -errno : 0;
}
