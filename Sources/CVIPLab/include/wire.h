// Raw frames in bulk: hearing what one port of the switch brings in, and flooding a link.
//
// As in CVIPLab.h every function returns a count or 0, and -errno on failure.
#ifndef CVIPLAB_WIRE_H
#define CVIPLAB_WIRE_H

#include <stddef.h>
#include <stdint.h>

/// An ARP frame of Ethernet and IPv4 that was heard.
struct viplab_arp {
    int64_t at;      // when the kernel got it: nanoseconds of CLOCK_MONOTONIC
    uint32_t sender; // its sender protocol address, in network byte order
};

/// Binds a VIPLAB_PACKETS socket to a link so that it hears the ARP frames that come in there, and none that go out. What
/// nftables drops at the link's ingress is heard: the kernel hands packets up to such sockets first.
int viplab_hear_arp(int fd, const char *name);

/// Has the kernel note when each frame comes to `fd`, a VIPLAB_PACKETS socket, and keep those of a burst of thousands.
int viplab_stamp_frames(int fd);

/// Reads the ARP frames that wait on such a socket, without blocking: their number. What exceeds `capacity` waits.
int viplab_read_arp(int fd, struct viplab_arp *frames, size_t capacity);

/// Takes a frame that waits on such a socket, without waiting itself, and when it came, in nanoseconds of CLOCK_REALTIME:
/// its length, or 0 where none waits.
int viplab_receive_stamped(int fd, uint8_t *frame, size_t capacity, int64_t *at);

/// Sends `count` frames of `length` bytes each, which lie one behind the other, past the queueing discipline: how many the
/// kernel took. Fewer than `count`: it is out of room at the moment.
int viplab_send_frames(int fd, const uint8_t *frames, size_t length, size_t count);

/// Has `fd`, a VIPLAB_PACKETS socket, send past the queueing discipline (PACKET_QDISC_BYPASS, packet(7)).
int viplab_bypass_queue(int fd);

#endif
