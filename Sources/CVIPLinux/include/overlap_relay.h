// Relaying TCP segments, in the overlap of a handover, to the node that the addresses come from: nf_tables(8) rules at
// the ingress of an interface, made and removed in one transaction each.
//
// Relayed are segments to one of the addresses, sent to this node's MAC address, of connections whose SYN did not come
// here while the relay stood. Their frames go out of the same interface, from own_mac to predecessor_mac, so that a
// switch learns nothing wrong; a TTL of 1 marks them, since no segment is relayed twice: nodes that relay to each other
// must not pass it round. Let alone are fragments, VLAN-tagged frames, and everything else that is not TCP.
#ifndef CVIP_OVERLAP_RELAY_H
#define CVIP_OVERLAP_RELAY_H

#include <stddef.h>
#include <stdint.h>

enum { CVIP_OVERLAP_CONNECTIONS = 65535 };  // so many new ones are told apart from the old

/// From where to where, and for how long at most: a relay that was not ended relays nothing any more then.
struct cvip_overlap_path {
    int32_t ifindex;
    uint32_t lifetime_ms;
    uint8_t own_mac[6];
    uint8_t predecessor_mac[6];
};

/// Begins to relay segments for count addresses, at most until fd is closed, be it by the end of the process. The rules
/// are in table, of the netdev family.
///
/// fd: of cvip_netlink_open_netfilter; *sequence: this socket's last number, moved on. Needs CAP_NET_ADMIN. Returns 0, or
/// -errno and then nothing has changed: -ENXIO (there is no such interface), -EPERM (also if another socket has such a
/// table), -EEXIST, -ENOENT or -EOPNOTSUPP (the kernel lacks nf_tables, its netdev family, fwd, or tables that a socket
/// owns: Linux 5.12), -ENOMEM.
int cvip_overlap_begin(int fd, uint32_t *sequence, const char *table, const struct cvip_overlap_path *path,
                       const uint32_t *addresses, size_t count);

/// Ends a relay. Returns 0, or -errno: -ENOENT where there is none. What the kernel kept is freed in its own time.
int cvip_overlap_end(int fd, uint32_t *sequence, const char *table);

#endif
