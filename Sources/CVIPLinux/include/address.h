// Setting and removing IPv4 addresses on an interface, many at once, with the kernel's answer for each.
#ifndef CVIP_ADDRESS_H
#define CVIP_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

enum { CVIP_ADDRESS_PROTOCOL = 0x56 };  // IFA_PROTO of what is set here, 'V'; `ip address` shows it as proto 0x56

/// Sets each address as a /32 of universal scope that the kernel removes by itself after lifetime seconds, is never a
/// preferred source and brings no route; one that is there is renewed.
///
/// fd: of cvip_netlink_open; *sequence: this socket's last sequence number, moved on. answers[i] becomes 0 or the errno
/// for addresses[i]: ENODEV, EPERM, EINVAL… The kernel answers within the call; should it not, the answer is ETIMEDOUT
/// after a second. Where the requests could not be sent or the answers not be received, the missing ones become that
/// errno, and an address so marked may have been set. Returns how many answers are 0.
size_t cvip_address_set(int fd, uint32_t *sequence, int ifindex, uint32_t lifetime, const uint32_t *addresses,
                        int32_t *answers, size_t count);

/// Removes each address, if there as a /32: EADDRNOTAVAIL where it is not. Else as cvip_address_set.
size_t cvip_address_remove(int fd, uint32_t *sequence, int ifindex, const uint32_t *addresses, int32_t *answers,
                           size_t count);

#endif
