#define _GNU_SOURCE
#include "realtime.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

int cvip_realtime_is_scheduled(void) {
    int policy = sched_getscheduler(0);
    if (policy < 0)
        return 0;
    policy &= ~SCHED_RESET_ON_FORK;
    return policy == SCHED_RR || policy == SCHED_FIFO;
}

int cvip_realtime_schedule(void) {
    if (cvip_realtime_is_scheduled())
        return 0;
    const struct sched_param lowest = {.sched_priority = 1};
    return sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) < 0 ? -errno : 0;
}

int cvip_realtime_limit(uint64_t microseconds) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_RTTIME, &limit) < 0)
        return -errno;
    limit.rlim_cur = microseconds < limit.rlim_max ? microseconds : limit.rlim_max;
    return setrlimit(RLIMIT_RTTIME, &limit) < 0 ? -errno : 0;
}

int cvip_realtime_lock_memory(void) {
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return -errno;
    if (mlockall(MCL_CURRENT) < 0)
        return -errno;
    // Not all of a stack or a ring that is mapped later need be there before it is used.
    if (mlockall(MCL_FUTURE | MCL_ONFAULT) == 0)
        return 0;
    int error = errno;
    (void)munlockall();
    return -error;
}

void cvip_realtime_rest(uint32_t microseconds) {
    const struct timespec rest = {.tv_nsec = (long)microseconds * 1000};
    (void)nanosleep(&rest, NULL);  // a signal ends it early, which does no harm
}
