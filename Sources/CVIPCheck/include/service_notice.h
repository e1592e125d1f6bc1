// The service manager's environment: sd_watchdog_enabled(3) and sd_listen_fds(3) through libsystemd; and what sd_notify(3)
// does, but for its waiting. systemd reads its socket in the one thread that also reloads units, sometimes for seconds;
// whoever calls sd_notify while its queue is full sleeps, and a checker that sleeps is late with its checks.
#ifndef CVIPCHECK_SERVICE_NOTICE_H
#define CVIPCHECK_SERVICE_NOTICE_H

#include <stdint.h>

/// The descriptor that the service manager passed. Returns it, -ENOENT where none was passed, -E2BIG where more than one
/// was, or another -errno. The environment does not name it afterwards.
int cvip_service_socket(void);

/// How often the service manager wants a sign of life: milliseconds, 0 for never. Returns 0 or -errno.
int cvip_service_watchdog_ms(uint64_t *interval_ms);

/// Tells the service manager ($NOTIFY_SOCKET), in its language: "READY=1". Never waits. Returns 0, also where there is none,
/// or -errno: -EAGAIN where its queue is full, so that it has to be told again.
int cvip_service_tell(const char *state);

#endif
