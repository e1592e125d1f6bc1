// What the lab needs of Linux that Swift's Glibc module does not carry: sockets opened inside a network namespace,
// address notifications, raw frames, a poll with nanoseconds, and pinning a thread. No policy, no logging, no globals.
//
// Every function returns a descriptor, a count or 0, and -errno on failure. Descriptors are close-on-exec and belong to
// the caller.
#ifndef CVIPLAB_H
#define CVIPLAB_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stranger.h"
#include "wire.h"

/// Opens a socket that belongs to the network namespace behind `namespace_fd` (an open /run/netns file), whatever thread
/// uses it later. The calling thread is back in its own namespace on return. `kind` is one of the three below.
enum viplab_socket { VIPLAB_CONTROL, VIPLAB_ADDRESSES, VIPLAB_PACKETS };
int viplab_open_inside(int namespace_fd, enum viplab_socket kind);

/// One IPv4 address that came to, or went from, an interface.
struct viplab_address_change {
    uint32_t address;  // network byte order
    int32_t interface; // index in the socket's namespace
    bool present;      // true: added or renewed; false: removed
};

/// Reads the changes that wait on a VIPLAB_ADDRESSES socket, without blocking: their number (0: none wait, or none were of
/// IPv4), or -ENOBUFS where the kernel had to drop some. What exceeds `capacity` waits: each notification is a datagram.
int viplab_read_addresses(int fd, struct viplab_address_change *changes, size_t capacity);

/// Brings a link up or down, by the namespace of a VIPLAB_CONTROL socket.
int viplab_set_link(int control_fd, const char *name, bool up);

/// Binds a VIPLAB_PACKETS socket to a link and lets it see every frame there: what is sent leaves through that link.
int viplab_bind_packets(int fd, const char *name);

/// poll(2) with a relative time limit in nanoseconds; negative waits for ever. -EINTR is reported as 0.
int viplab_poll(struct pollfd *fds, size_t count, int64_t nanoseconds);

/// Keeps the calling thread on one CPU. -EINVAL where this process may not run on it.
int viplab_pin_to_cpu(int cpu);

#endif
