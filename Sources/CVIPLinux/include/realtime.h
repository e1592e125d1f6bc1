// Running before everything else, with the whole program in memory: sched(7), mlockall(2). A process of one thread is
// meant: others, were there any, are scheduled as before.
#ifndef CVIP_REALTIME_H
#define CVIP_REALTIME_H

#include <stdint.h>

/// Has the calling thread scheduled by SCHED_RR at its lowest priority, in which nothing of SCHED_OTHER keeps it waiting;
/// its children are not (SCHED_RESET_ON_FORK). A thread that is in realtime already, as a service manager may have
/// arranged, stays as it is. Needs CAP_SYS_NICE or an RLIMIT_RTPRIO of 1. Returns 0 or -errno.
int cvip_realtime_schedule(void);

/// 1 if the calling thread is scheduled in realtime (SCHED_RR, SCHED_FIFO), else 0.
int cvip_realtime_is_scheduled(void);

/// Has the kernel end this process (SIGXCPU) once it has run in realtime for so many microseconds without a single sleep
/// (RLIMIT_RTTIME). Returns 0 or -errno.
int cvip_realtime_limit(uint64_t microseconds);

/// Keeps all of the program in memory from now on: what is mapped now is read in at once, what is mapped later when it is
/// first used. Tries to raise RLIMIT_MEMLOCK, which takes CAP_SYS_RESOURCE, and returns -EPERM where it stays finite: the
/// next page of the stack might then be refused, which ends the process. Returns 0 or -errno.
int cvip_realtime_lock_memory(void);

/// Sleeps for so many microseconds, less than a million.
void cvip_realtime_rest(uint32_t microseconds);

#endif
