// An interface's libpcap handle, as far as the daemon's capture (capture.c) and the looker's source (source.c) have it in
// common. Private to this shim.
#ifndef CVIP_LIVE_H
#define CVIP_LIVE_H

#include "capture.h"

/// Opens a handle on an Ethernet interface: immediate mode, non-blocking, not promiscuous, close-on-exec, and still without a
/// filter. precision is a PCAP_TSTAMP_PRECISION_ of libpcap's, which a device need not have.
///
/// On success *live is the caller's. Returns 0 or -errno, with a message, as cvip_capture_open.
int cvip_live_open(const struct cvip_capture_options *options, int precision, struct pcap **live,
                   char message[CVIP_CAPTURE_MESSAGE_SIZE]);

/// Gives the handle a filter, in the place of the one before. Returns 0 or -errno: -EINVAL (it does not compile), -EIO.
int cvip_live_filter(struct pcap *live, const char *filter);

/// For what fails after the opening: tells error in libpcap's words or the system's, closes the handle, and returns error.
int cvip_live_abandon(struct pcap *live, int error, char message[CVIP_CAPTURE_MESSAGE_SIZE]);

#endif
