// The service manager and the journal: sd_watchdog_enabled(3) and sd_journal_sendv(3) of libsystemd, without which every call
// is harmless; and what sd_notify(3) does, but for its waiting. systemd reads its socket in the one thread that also reloads
// units, sometimes for seconds; whoever calls sd_notify while its queue is full sleeps, and a daemon that sleeps loses its lease.
#ifndef CVIP_SERVICE_H
#define CVIP_SERVICE_H

#include <stdint.h>
#include <sys/uio.h>

/// A socket to the service manager's own at address, which is $NOTIFY_SOCKET: a path, or an abstract name behind '@'.
/// Returns the caller's fd, non-blocking and close-on-exec, or -errno.
int cvip_service_connect(const char *address);

/// Tells the service manager, in its language: "READY=1\nSTATUS=holder". Never waits. Returns 0 or -errno: -EAGAIN where its
/// queue is full; fd is writable again once there is room.
int cvip_service_notify(int fd, const char *state);

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
