// Sockets that clients connect to: tcp(7), ip(7), ipv6(7).
#ifndef CVIPWEB_LISTENER_H
#define CVIPWEB_LISTENER_H

#include <stdint.h>
#include <sys/socket.h>

/// Listens on an address, written in numbers, and a port. It need not be the machine's yet, so that a start at boot
/// does not depend on the network; an IPv6 address is for IPv6 alone. Who connects is there to be accepted once it has
/// sent something, or after some seconds. Returns a descriptor of the caller's, or -errno: -EINVAL where it is no
/// address.
int cvip_listener_open(const char *address, uint16_t port);

/// The other end of a connection, and this one.
struct cvip_peer {
    struct sockaddr_storage socket_address;  // as the kernel told it, for cvip_server_add
    socklen_t length;
    uint8_t address[16];      // its IP address; of IPv4 the first four bytes, then zeros
    int32_t is_ipv6;
    int32_t is_loopback;      // 1: it has connected to an address of this machine's loopback
};

/// The next connection. What the kernel buffers for it is bounded, and it ends when the other side acknowledges nothing
/// for 20 seconds. Returns a descriptor of the caller's, or -errno: -EAGAIN where none waits.
int cvip_listener_accept(int listener, struct cvip_peer *peer);

#endif
