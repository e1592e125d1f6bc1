#define _GNU_SOURCE
#include "CVIPCivilClock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/// Shared with whoever changes the file.
static const struct viplab_civil_clock *set;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("VIPLAB_CIVIL_CLOCK");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    struct stat file;
    void *memory = MAP_FAILED;
    if (fstat(fd, &file) == 0 && file.st_size >= (off_t)sizeof *set)
        memory = mmap(NULL, sizeof *set, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (memory != MAP_FAILED)
        set = memory;
}

static time_t ahead(void) {
    return set == NULL ? 0 : (time_t)__atomic_load_n(&set->ahead, __ATOMIC_RELAXED);
}

// The kernel is asked: glibc's functions of these names are those that are replaced here.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL)
        *result = now.tv_sec;
    return now.tv_sec;
}
