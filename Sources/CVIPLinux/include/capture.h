// Receiving frames on one interface through libpcap: pcap(3). Own frames are not delivered.
#ifndef CVIP_CAPTURE_H
#define CVIP_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

struct pcap;  // libpcap's pcap_t

/// What a capture is to be. Lengths are bytes.
struct cvip_capture_options {
    const char *interface;  // by name; the capture follows the interface's index from then on
    const char *filter;     // in libpcap's language: pcap-filter(7)
    int snapshot_length;    // frames are cut to this
    int ring_size;          // memory shared with the kernel; libpcap rounds up to whole frames and pages
};

enum { CVIP_CAPTURE_MESSAGE_SIZE = 256 };  // PCAP_ERRBUF_SIZE

/// Opens a live capture: immediate mode, non-blocking, not promiscuous, inbound frames only, filtered from the first
/// delivered frame on. Needs CAP_NET_RAW.
///
/// On success *capture is the caller's, to be given to cvip_capture_close. On failure message tells, in libpcap's
/// words, what was wrong. Returns 0 or -errno: -EPERM, -ENODEV, -ENETDOWN (the interface is down: try again when it is
/// up), -EINVAL (the filter does not compile), -EMEDIUMTYPE (not Ethernet), -EIO (else).
int cvip_capture_open(const struct cvip_capture_options *options, struct pcap **capture,
                      char message[CVIP_CAPTURE_MESSAGE_SIZE]);

/// Closes the capture and its descriptor.
void cvip_capture_close(struct pcap *capture);

/// Puts another filter in the place of the one before; frames that arrive in the few microseconds between the two are
/// lost. Returns 0 or -errno: -EINVAL (it does not compile), -EIO; the filter before then goes on.
int cvip_capture_set_filter(struct pcap *capture, const char *filter);

/// The descriptor to wait on, level-triggered; readable also when the link went down. It stays the capture's own.
int cvip_capture_fd(struct pcap *capture);

/// Called for each frame; the bytes are valid until it returns. captured <= original, the length on the wire.
typedef void (*cvip_capture_deliver)(void *context, const uint8_t *frame, uint32_t captured, uint32_t original);

/// Delivers up to limit (> 0) waiting frames.
///
/// Returns how many; 0 means that none wait, also while the interface is down: the capture goes on when it comes up.
/// -ENODEV where the interface is gone for good; -EIO for what else libpcap gives up on. An interface that goes down
/// and is deleted at once may make no second wakeup: hear of it through the link notifications.
int cvip_capture_drain(struct pcap *capture, int limit, cvip_capture_deliver deliver, void *context);

/// Frames that passed the filter, and those of them lost because the ring was full; both since the capture was opened,
/// modulo 2^32. Returns 0 or -EIO.
int cvip_capture_statistics(struct pcap *capture, uint32_t *received, uint32_t *dropped);

#endif
