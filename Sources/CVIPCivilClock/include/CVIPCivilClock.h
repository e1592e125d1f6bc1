// Has a program that it is preloaded into (LD_PRELOAD, ld.so(8)) read another civil time than the machine's, as if somebody
// had set the clock: no namespace of Linux has one of its own. CLOCK_REALTIME, time(2) and gettimeofday(2) are ahead by what
// the file says that $VIPLAB_CIVIL_CLOCK names, at the moment of each call; all other clocks are the machine's.
#ifndef CVIPCIVILCLOCK_H
#define CVIPCIVILCLOCK_H

#include <stdint.h>

/// What stands in the file.
struct viplab_civil_clock {
    int64_t ahead; // seconds; negative: behind
};

#endif
