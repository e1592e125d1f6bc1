// Finding TCP connections by this end's IPv4 address, and closing them for their owners: sock_diag(7). Sockets of both
// families are meant: one that speaks IPv4 and IPv6 at once is of AF_INET6 even when its peer is of IPv4.
#ifndef CVIP_SOCKET_DESTROY_H
#define CVIP_SOCKET_DESTROY_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/// Asks for the connections of the sockets of family (AF_INET, AF_INET6) whose local address shares the first
/// prefix_length (0 to 32) bits of prefix; the answer comes in parts through cvip_netlink_receive, is read with
/// cvip_socket_message_next, and ends with CVIP_MESSAGE_DONE.
///
/// Told are SYN_SENT, SYN_RECV, ESTABLISHED, CLOSE_WAIT and FIN_WAIT1 and 2; never a listening socket, and none that is
/// closed from both ends (LAST_ACK, CLOSING, TIME_WAIT) or that has no owner any more and waits only for the other
/// end's FIN. fd: of cvip_netlink_open_diag. Returns 0 or -errno.
int cvip_socket_request(int fd, uint8_t family, uint32_t prefix, uint8_t prefix_length, uint32_t sequence);

/// Closes each connection with a reset to the other end (SYN_SENT and SYN_RECV without one); the owner is told
/// ECONNABORTED. Needs CAP_NET_ADMIN in the user namespace of the network namespace, and Linux built with
/// CONFIG_INET_DIAG_DESTROY.
///
/// sockets: as received; one that is not there any more harms no other, though a listener or a new connection has its
/// port. fd, *sequence and waiting are those of cvip_address_set. answers[i] becomes 0 or the errno for sockets[i]:
/// ENOENT or ESTALE (gone meanwhile), EPERM, EOPNOTSUPP (the kernel cannot, or it has lost its owner meanwhile). Returns
/// how many are 0.
size_t cvip_socket_destroy(int fd, uint32_t *sequence, const struct cvip_socket *sockets, int32_t *answers,
                           size_t count);

#endif
