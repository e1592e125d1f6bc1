// Whether anything keeps the civil time right: adjtimex(2).
#ifndef CVIP_CIVIL_CLOCK_H
#define CVIP_CIVIL_CLOCK_H

#include <stdint.h>

/// Returns 1 where the kernel was told that its civil time is right, 0 where it was not lately, or -errno.
int cvip_civil_clock_is_synchronized(void);

/// Nanoseconds that the machine was suspended for since it booted: CLOCK_BOOTTIME without CLOCK_MONOTONIC.
int64_t cvip_suspended(void);

#endif
