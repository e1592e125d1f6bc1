// What rtnetlink messages say, in flat structures. Works on plain bytes: no socket, no kernel.
#ifndef CVIP_MESSAGE_H
#define CVIP_MESSAGE_H

#include <net/if_arp.h>  // ARPHRD_*
#include <stddef.h>
#include <stdint.h>

enum { CVIP_NAME_SIZE = 16, CVIP_KIND_SIZE = 32, CVIP_MAC_SIZE = 6 };

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

enum cvip_message_kind {
    CVIP_MESSAGE_OTHER,  // of no concern here
    CVIP_MESSAGE_LINK,
    CVIP_MESSAGE_LINK_GONE,
    CVIP_MESSAGE_ADDRESS,
    CVIP_MESSAGE_ADDRESS_GONE,
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
};

/// Reads the message at *offset (0 at first) of a datagram and moves *offset behind it.
///
/// buffer must be aligned to 4 bytes. Returns 1 with *message filled, 0 at the end, -EBADMSG for a message whose
/// lengths do not fit: *offset is then behind it too (at the end, where its own length is the lie), so that the caller
/// may go on.
int cvip_message_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message);

#endif
