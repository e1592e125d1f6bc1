// What rtnetlink and sock_diag messages say, in flat structures. Works on plain bytes: no socket, no kernel.
#ifndef CVIP_MESSAGE_H
#define CVIP_MESSAGE_H

#include <net/if_arp.h>  // ARPHRD_*
#include <stddef.h>
#include <stdint.h>

enum {
    CVIP_NAME_SIZE = 16,
    CVIP_KIND_SIZE = 32,
    CVIP_MAC_SIZE = 6,
    CVIP_IPV6_SIZE = 16,
    CVIP_HOPS_SIZE = 32,     // gateways of one route that are told; further ones are left out
    CVIP_IDENTITY_SIZE = 12  // what tells a socket from all others, in numbers of 4 bytes
};

/// An interface: RTM_NEWLINK and RTM_DELLINK. A field whose attribute is missing is zero.
struct cvip_link {
    int32_t ifindex;
    int32_t master;       // index of the bridge or bond it is in, or 0
    uint32_t flags;       // IFF_*: netdevice(7)
    uint32_t mtu;
    uint16_t type;        // ARPHRD_*
    uint8_t operational;  // 0 or 1: IFLA_OPERSTATE is up or, where a driver does not say, unknown (RFC 2863)
    uint8_t has_carrier;  // 0 or 1
    uint8_t has_mac;      // 0 or 1: an address of six bytes is there
    uint8_t has_permanent_mac;
    uint8_t mac[CVIP_MAC_SIZE];
    uint8_t permanent_mac[CVIP_MAC_SIZE];
    char name[CVIP_NAME_SIZE];  // ends with NUL
    char kind[CVIP_KIND_SIZE];  // "veth", "bridge"; empty for a physical device; ends with NUL
};

/// An IPv4 address on an interface: RTM_NEWADDR and RTM_DELADDR.
struct cvip_address {
    int32_t ifindex;
    uint32_t local;
    uint32_t flags;      // IFA_F_*
    uint32_t valid;      // seconds the kernel keeps it; UINT32_MAX: for ever
    uint32_t preferred;  // seconds it may be a source address; UINT32_MAX: for ever
    uint8_t prefix_length;
    uint8_t scope;       // RT_SCOPE_*
    uint8_t protocol;    // IFA_PROTO: who set it; 0 where unknown (before Linux 5.18)
};

/// An IPv6 address on an interface: RTM_NEWADDR. vipd moves none; it lists them.
struct cvip_ipv6_address {
    int32_t ifindex;
    uint32_t flags;      // IFA_F_*
    uint32_t preferred;  // seconds it may be a source address; UINT32_MAX: for ever
    uint8_t prefix_length;
    uint8_t scope;       // RT_SCOPE_*
    uint8_t local[CVIP_IPV6_SIZE];  // as on the wire
};

/// One way a route may take: an IPv4 gateway and the interface it is on.
struct cvip_hop {
    int32_t ifindex;
    uint32_t gateway;
};

/// An IPv4 default route of the main table that forwards: RTM_NEWROUTE. Other routes are no message of this kind.
struct cvip_route {
    uint32_t metric;  // the least is taken first
    uint32_t hop_count;
    struct cvip_hop hops[CVIP_HOPS_SIZE];  // ways without an IPv4 gateway are left out
};

/// A TCP connection over IPv4 that still has something to lose at the other end: what sock_diag(7) answers.
struct cvip_socket {
    uint32_t local;  // this end's address
    uint8_t family;  // AF_INET, or AF_INET6 for a socket that speaks IPv4 by mapped addresses
    uint8_t state;   // TCP_* of <netinet/tcp.h>
    uint32_t identity[CVIP_IDENTITY_SIZE];  // the kernel's struct inet_diag_sockid as it came
};

enum cvip_message_kind {
    CVIP_MESSAGE_OTHER,  // of no concern here
    CVIP_MESSAGE_LINK,
    CVIP_MESSAGE_LINK_GONE,
    CVIP_MESSAGE_ADDRESS,
    CVIP_MESSAGE_ADDRESS_GONE,
    CVIP_MESSAGE_IPV6_ADDRESS,  // only a dump of all addresses has such
    CVIP_MESSAGE_ROUTE,
    CVIP_MESSAGE_SOCKET,
    CVIP_MESSAGE_DONE,    // end of a dump
    CVIP_MESSAGE_ERROR,   // a refusal, or with error 0 a grant
    CVIP_MESSAGE_OVERRUN  // data were lost
};

struct cvip_message {
    enum cvip_message_kind kind;
    uint32_t sequence;
    int32_t error;        // CVIP_MESSAGE_ERROR, CVIP_MESSAGE_DONE: errno, positive
    uint8_t interrupted;  // 1: the table changed during the dump, which has to be taken again
    struct cvip_link link;        // CVIP_MESSAGE_LINK, CVIP_MESSAGE_LINK_GONE
    struct cvip_address address;  // CVIP_MESSAGE_ADDRESS, CVIP_MESSAGE_ADDRESS_GONE
    struct cvip_ipv6_address ipv6_address;  // CVIP_MESSAGE_IPV6_ADDRESS
    struct cvip_route route;      // CVIP_MESSAGE_ROUTE
    struct cvip_socket socket;    // CVIP_MESSAGE_SOCKET
};

/// Reads the rtnetlink message at *offset (0 at first) of a datagram and moves *offset behind it.
///
/// buffer must be aligned to 4 bytes. Returns 1 with *message filled, 0 at the end, -EBADMSG for a message whose
/// lengths do not fit: *offset is then behind it too (at the end, where its own length is the lie), so that the caller
/// may go on.
int cvip_message_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message);

/// The same for a datagram of sock_diag(7), whose message numbers mean other things.
int cvip_socket_message_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message);

#endif
