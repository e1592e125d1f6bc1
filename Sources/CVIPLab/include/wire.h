// Raw frames in bulk: hearing what one port of the switch brings in, and flooding a link.
//
// As in CVIPLab.h every function returns a count or 0, and -errno on failure.
#ifndef CVIPLAB_WIRE_H
#define CVIPLAB_WIRE_H

#include <stddef.h>
#include <stdint.h>

/// Binds a VIPLAB_PACKETS socket to a link so that it hears the ARP frames that come in there, and none that go out. What
/// nftables drops at the link's ingress is heard: the kernel hands packets up to such sockets first.
int viplab_hear_arp(int fd, const char *name);

/// Has the kernel note for each frame on `fd`, a VIPLAB_PACKETS socket, when it came: in CLOCK_REALTIME, as it was handed
/// over by the link, and not as it is read.
int viplab_stamp(int fd);

/// Takes a frame that waits, without waiting itself, with that time: its length, or 0 where none waits.
int viplab_receive_stamped(int fd, uint8_t *frame, size_t capacity, int64_t *nanoseconds);

/// Sends `count` frames of `length` bytes each, which lie one behind the other, past the queueing discipline: how many the
/// kernel took. Fewer than `count`: it is out of room at the moment.
int viplab_send_frames(int fd, const uint8_t *frames, size_t length, size_t count);

/// Has `fd`, a VIPLAB_PACKETS socket, send past the queueing discipline (PACKET_QDISC_BYPASS, packet(7)).
int viplab_bypass_queue(int fd);

#endif
