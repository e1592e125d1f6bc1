// The service manager and the journal through libsystemd: sd_notify(3), sd_watchdog_enabled(3), sd_journal_sendv(3).
// Without systemd every call is harmless.
#ifndef CVIP_SERVICE_H
#define CVIP_SERVICE_H

#include <stdint.h>
#include <sys/uio.h>

/// Tells the service manager, in its language: "READY=1\nSTATUS=holder". Returns 1 if told, 0 if nobody listens, -errno.
int cvip_service_notify(const char *state);

/// How often the service manager wants "WATCHDOG=1", at least: microseconds, 0 for never. Returns 0 or -errno.
int cvip_service_watchdog(uint64_t *interval_us);

/// Writes one entry to the journal; each field is NAME=value, the value of any bytes. Returns 0 or -errno: -ENOENT or
/// -ECONNREFUSED where there is no journal.
int cvip_journal_send(const struct iovec *fields, int count);

/// A socket that looks at the queue of the journal at path, by which cvip_journal_has_room tells whether
/// cvip_journal_send would wait; nothing is sent over it. Returns the caller's fd, or -errno.
int cvip_journal_watch(const char *path);

/// 1 if the queue that fd looks at has room, or is gone (then cvip_journal_send says so); 0 while it is full.
int cvip_journal_has_room(int fd);

/// 1 if what is written to stderr goes to the journal ($JOURNAL_STREAM), else 0.
int cvip_journal_has_stderr(void);

#endif
