#define _GNU_SOURCE
#include "civil_clock.h"

#include <errno.h>
#include <sys/timex.h>
#include <time.h>

int cvip_civil_clock_is_synchronized(void) {
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    if (result < 0)
        return -errno;
    return result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

int64_t cvip_suspended(void) {
    struct timespec booted, awake;
    // The later reading is the one that cannot be behind.
    clock_gettime(CLOCK_MONOTONIC, &awake);
    clock_gettime(CLOCK_BOOTTIME, &booted);
    return (booted.tv_sec - awake.tv_sec) * INT64_C(1000000000) + (booted.tv_nsec - awake.tv_nsec);
}
