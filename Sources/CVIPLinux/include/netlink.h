// rtnetlink sockets: opening, receiving, asking for dumps: rtnetlink(7). What the messages say is message.h; changing
// addresses is address.h.
#ifndef CVIP_NETLINK_H
#define CVIP_NETLINK_H

#include <stddef.h>
#include <stdint.h>

enum { CVIP_NETLINK_BUFFER_SIZE = 32768 };  // what the kernel fills at most in one dump datagram

/// Opens a socket for requests; it hears no notifications. Returns a descriptor of the caller's, or -errno.
int cvip_netlink_open(void);

/// Opens a socket that is notified of every change of links and of IPv4 addresses.
///
/// receive_buffer: bytes of notifications that may wait, counted as the kernel counts (about 1 KB each); beyond
/// net.core.rmem_max only with CAP_NET_ADMIN, else cut to it. Returns a descriptor of the caller's, or -errno.
int cvip_netlink_open_monitor(int receive_buffer);

/// What a dump lists.
enum cvip_dump { CVIP_DUMP_LINKS, CVIP_DUMP_ADDRESSES };

/// Asks for all links or all IPv4 addresses; the answer comes in parts through cvip_netlink_receive, each message with
/// that sequence number, and ends with CVIP_MESSAGE_DONE. Returns 0 or -errno.
int cvip_netlink_request(int fd, enum cvip_dump dump, uint32_t sequence);

/// Receives one datagram of the kernel's; those of others are thrown away.
///
/// Waits no longer than timeout_ms (0: not at all). Returns its length, or -errno: -EAGAIN (nothing came in time),
/// -ENOBUFS (notifications were lost: dump again), -EMSGSIZE (longer than capacity; lost).
int cvip_netlink_receive(int fd, void *buffer, size_t capacity, int timeout_ms);

#endif
