// Netlink sockets: opening, receiving, asking for rtnetlink(7) dumps. What the messages say is message.h; changing
// addresses is address.h; TCP connections are socket_destroy.h and overlap_relay.h.
#ifndef CVIP_NETLINK_H
#define CVIP_NETLINK_H

#include <stddef.h>
#include <stdint.h>

enum { CVIP_NETLINK_BUFFER_SIZE = 32768 };  // what the kernel fills at most in one dump datagram

/// Opens a socket for requests; it hears no notifications. Returns a descriptor of the caller's, or -errno.
int cvip_netlink_open(void);

/// Opens a socket for sock_diag(7) requests. Returns a descriptor of the caller's, or -errno: -EPROTONOSUPPORT where the
/// kernel has no sock_diag.
int cvip_netlink_open_diag(void);

/// Opens a socket for nf_tables requests. Returns a descriptor of the caller's, or -errno: -EPROTONOSUPPORT where the
/// kernel has no netfilter.
int cvip_netlink_open_netfilter(void);

/// Opens a socket that is notified of every change of links and of IPv4 addresses.
///
/// receive_buffer: bytes of notifications that may wait, counted as the kernel counts (about 1 KB each); beyond
/// net.core.rmem_max only with CAP_NET_ADMIN, else cut to it. Returns a descriptor of the caller's, or -errno.
int cvip_netlink_open_monitor(int receive_buffer);

/// What a dump lists.
enum cvip_dump { CVIP_DUMP_LINKS, CVIP_DUMP_ADDRESSES, CVIP_DUMP_ALL_ADDRESSES, CVIP_DUMP_ROUTES };

/// Asks for all links, all IPv4 addresses, all of IPv4 and IPv6, or the IPv4 routes of the main table; the answer comes
/// in parts through cvip_netlink_receive, each message with that sequence number, and ends with CVIP_MESSAGE_DONE. Where
/// nothing was ever routed, the answer for routes is CVIP_MESSAGE_ERROR with ENOENT. Returns 0 or -errno.
int cvip_netlink_request(int fd, enum cvip_dump dump, uint32_t sequence);

enum { CVIP_NETLINK_MANY = 8 };  // datagrams at once

/// Receives the datagrams that wait, without waiting: number i goes to `buffer + i * slot`, with its length in `lengths[i]`,
/// which is 0 for one that is not the kernel's, and slot + 1 for one that was longer, and is lost. `buffer` has
/// CVIP_NETLINK_MANY slots, slot a multiple of 4. Returns how many, or -errno: -EAGAIN (none waits), -ENOBUFS (notifications
/// were lost: dump again).
int cvip_netlink_receive_many(int fd, void *buffer, size_t slot, size_t lengths[CVIP_NETLINK_MANY]);

/// Receives one datagram of the kernel's; those of others are thrown away.
///
/// Waits no longer than timeout_ms (0: not at all). Returns its length, or -errno: -EAGAIN (nothing came in time),
/// -ENOBUFS (notifications were lost: dump again), -EMSGSIZE (longer than capacity; lost).
int cvip_netlink_receive(int fd, void *buffer, size_t capacity, int timeout_ms);

#endif
