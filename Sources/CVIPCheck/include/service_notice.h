// The service manager's environment: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3), through libsystemd.
#ifndef CVIPCHECK_SERVICE_NOTICE_H
#define CVIPCHECK_SERVICE_NOTICE_H

#include <stdint.h>

/// The descriptor that the service manager passed. Returns it, -ENOENT where none was passed, -E2BIG where more than one
/// was, or another -errno. The environment does not name it afterwards.
int cvip_service_socket(void);

/// How often the service manager wants a sign of life: milliseconds, 0 for never. Returns 0 or -errno.
int cvip_service_watchdog_ms(uint64_t *interval_ms);

/// Tells the service manager, in its language: "READY=1\nSTATUS=idle". Nothing happens where nobody listens.
void cvip_service_tell(const char *state);

#endif
