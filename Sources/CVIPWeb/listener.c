#define _GNU_SOURCE
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

// The kernel doubles what it is given. A client that does not read holds so much, and no more.
static const int BUFFER = 32 * 1024;
static const unsigned ACKNOWLEDGED_WITHIN_MS = 20000;
static const int FIRST_WORD_WITHIN_S = 5;

union endpoint {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t parse(const char *address, uint16_t port, union endpoint *endpoint) {
    memset(endpoint, 0, sizeof *endpoint);
    if (inet_pton(AF_INET, address, &endpoint->v4.sin_addr) == 1) {
        endpoint->v4.sin_family = AF_INET;
        endpoint->v4.sin_port = htons(port);
        return sizeof endpoint->v4;
    }
    if (inet_pton(AF_INET6, address, &endpoint->v6.sin6_addr) == 1) {
        endpoint->v6.sin6_family = AF_INET6;
        endpoint->v6.sin6_port = htons(port);
        return sizeof endpoint->v6;
    }
    return 0;
}

static int prepare(int fd, int family) {
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -errno;
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
        return -errno;
    const int freebind = family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on)
                                            : setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
    if (freebind < 0)
        return -errno;
    // Whoever connects and says nothing waits in the kernel, and keeps nobody from being accepted.
    if (setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &FIRST_WORD_WITHIN_S, sizeof FIRST_WORD_WITHIN_S) < 0)
        return -errno;
    // Inherited by connections, whose windows are settled before they are accepted.
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &BUFFER, sizeof BUFFER) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &BUFFER, sizeof BUFFER) < 0)
        return -errno;
    return 0;
}

int cvip_listener_open(const char *address, uint16_t port) {
    union endpoint endpoint;
    const socklen_t length = parse(address, port, &endpoint);
    if (length == 0)
        return -EINVAL;
    const int fd = socket(endpoint.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int status = prepare(fd, endpoint.any.sa_family);
    if (status == 0 && (bind(fd, &endpoint.any, length) < 0 || listen(fd, SOMAXCONN) < 0))
        status = -errno;
    if (status == 0)
        return fd;
    (void)close(fd);
    return status;
}

// Whether this end of the connection has an address of the loopback, 127.0.0.0/8 or ::1.
static int is_loopback(int fd) {
    union endpoint own;
    socklen_t length = sizeof own;
    if (getsockname(fd, &own.any, &length) < 0)
        return 0;
    if (own.any.sa_family == AF_INET)
        return (ntohl(own.v4.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&own.v6.sin6_addr);
}

int cvip_listener_accept(int listener, struct cvip_peer *peer) {
    memset(peer, 0, sizeof *peer);
    peer->length = sizeof peer->socket_address;
    const int fd =
        accept4(listener, (struct sockaddr *)&peer->socket_address, &peer->length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (peer->socket_address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer->socket_address;
        memcpy(peer->address, &v6->sin6_addr, sizeof v6->sin6_addr);
        peer->is_ipv6 = 1;
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer->socket_address;
        memcpy(peer->address, &v4->sin_addr, sizeof v4->sin_addr);
    }
    peer->is_loopback = is_loopback(fd);
    // A kernel that does not know it ends such connections too, only later.
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ACKNOWLEDGED_WITHIN_MS, sizeof ACKNOWLEDGED_WITHIN_MS);
    return fd;
}
