// Sending whole Ethernet frames on one interface, and joining multicast MAC groups there: packet(7).
// Nothing is ever received through these sockets; receiving is capture.h.
#ifndef CVIP_PACKET_H
#define CVIP_PACKET_H

#include <stdint.h>
#include <sys/uio.h>

/// Opens a packet socket that sends on the interface of that index and receives nothing.
///
/// send_buffer: how many bytes may wait in the device's queue, counted as the kernel counts (about 1 KB a short
/// frame); beyond net.core.wmem_max only with CAP_NET_ADMIN, else cut to it. Needs CAP_NET_RAW.
/// Returns a descriptor of the caller's, or -errno: -EPERM, -ENODEV.
int cvip_packet_open(int ifindex, int send_buffer);

/// Sends frames in order, each an iovec from the destination MAC on, without the frame check sequence.
///
/// Returns how many the kernel took. Fewer than count means that the next one was refused: call again with the rest to
/// learn why. -errno where the first was refused: -ENETDOWN, -ENXIO (interface gone), -EMSGSIZE, -ENOBUFS, -EAGAIN.
int cvip_packet_send(int fd, const struct iovec *frames, unsigned int count);

/// Has the interface receive frames to a multicast MAC. The kernel drops the membership when fd is closed; it survives
/// the link's going down and up. Joining twice is counted, not refused. Returns 0 or -errno.
int cvip_packet_join(int fd, int ifindex, const uint8_t group[6]);

#endif
