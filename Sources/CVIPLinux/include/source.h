// Frames with the time at which they were seen, from an interface or from a file: for looking, not for the election, which
// has capture.h. Own frames are delivered, too.
#ifndef CVIP_SOURCE_H
#define CVIP_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "capture.h"

/// Opens a live source of the frames on an interface that pass a filter, those that this machine sends among them, and has
/// the interface listen to `group`. Not promiscuous. Needs CAP_NET_RAW.
///
/// On success *source is the caller's, to be given to cvip_source_close. On failure message tells, in libpcap's words, what
/// was wrong. Returns 0 or -errno as cvip_capture_open.
int cvip_source_open_live(const struct cvip_capture_options *options, const uint8_t group[6], struct pcap **source,
                          char message[CVIP_CAPTURE_MESSAGE_SIZE]);

/// Opens a source of the frames of a capture file, pcap or pcapng, that `fd` reads. Takes over fd, whatever it returns.
///
/// On success *source is the caller's. Returns 0 or -errno: -EBADMSG (no capture: message tells), -EMEDIUMTYPE (its frames
/// are of no kind below; message is the name of what they are), -ENOMEM.
int cvip_source_open_file(int fd, struct pcap **source, char message[CVIP_CAPTURE_MESSAGE_SIZE]);

/// What the frames of a source begin with: Ethernet's header, or one of those that `tcpdump -i any` records in its
/// place (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of pcap-linktype(7)).
enum cvip_captured_link { CVIP_CAPTURED_ETHERNET, CVIP_CAPTURED_COOKED, CVIP_CAPTURED_COOKED_2 };

/// A cvip_captured_link, or -EMEDIUMTYPE.
int cvip_source_link(struct pcap *source);

void cvip_source_close(struct pcap *source);

/// The descriptor of a live source to wait on, level-triggered; stays the source's own.
int cvip_source_fd(struct pcap *source);

/// A frame that was seen. The bytes are valid until the next call with the source.
struct cvip_seen {
    int64_t time;       // nanoseconds since 1970, UTC; never less than 0, and the difference of two does not overflow
    const uint8_t *bytes;
    uint32_t captured;  // how many there are
    uint32_t original;  // how many there were on the wire
};

/// The next frame. Returns 1, or 0 where none waits (live) or there is no more (file), or -errno with a message: -ENODEV
/// (live: the interface is gone or down), -EBADMSG (file: it is damaged here, or cut off).
int cvip_source_next(struct pcap *source, struct cvip_seen *seen, char message[CVIP_CAPTURE_MESSAGE_SIZE]);

#endif
