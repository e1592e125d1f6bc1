#define _GNU_SOURCE
#include "capture.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include "live.h"

/// Makes an opened handle the capture that was asked for.
static int configure(pcap_t *pcap, const char *filter) {
    // The kernel then does not even copy own frames (Linux 4.20); the direction covers what was before, and old kernels.
    int on = 1;
    (void)setsockopt(pcap_get_selectable_fd(pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (pcap_setdirection(pcap, PCAP_D_IN) != 0)
        return -EIO;
    return cvip_live_filter(pcap, filter);
}

int cvip_capture_open(const struct cvip_capture_options *options, struct pcap **capture,
                      char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    pcap_t *pcap;
    int error = cvip_live_open(options, PCAP_TSTAMP_PRECISION_MICRO, &pcap, message);
    if (error < 0)
        return error;
    error = configure(pcap, options->filter);
    if (error < 0)
        return cvip_live_abandon(pcap, error, message);
    *capture = pcap;
    return 0;
}

void cvip_capture_close(struct pcap *capture) {
    pcap_close(capture);
}

int cvip_capture_set_filter(struct pcap *capture, const char *filter) {
    return cvip_live_filter(capture, filter);
}

int cvip_capture_fd(struct pcap *capture) {
    return pcap_get_selectable_fd(capture);
}

struct delivery {
    cvip_capture_deliver deliver;
    void *context;
};

static void deliver_frame(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
    const struct delivery *delivery = (const struct delivery *)(const void *)user;
    delivery->deliver(delivery->context, bytes, header->caplen, header->len);
}

/// True where the kernel has parted the socket from its interface for good: it then reports index -1.
static int interface_is_gone(pcap_t *pcap) {
    struct sockaddr_ll address = {0};
    socklen_t length = sizeof address;
    if (getsockname(pcap_get_selectable_fd(pcap), (struct sockaddr *)&address, &length) < 0)
        return 0;
    return address.sll_ifindex == -1;
}

int cvip_capture_drain(struct pcap *capture, int limit, cvip_capture_deliver deliver, void *context) {
    struct delivery delivery = {.deliver = deliver, .context = context};
    int count = pcap_dispatch(capture, limit, deliver_frame, (u_char *)&delivery);
    if (count >= 0)
        return count;
    return interface_is_gone(capture) ? -ENODEV : -EIO;
}

int cvip_capture_statistics(struct pcap *capture, uint32_t *received, uint32_t *dropped) {
    struct pcap_stat statistics;
    if (pcap_stats(capture, &statistics) != 0)
        return -EIO;
    *received = statistics.ps_recv;
    *dropped = statistics.ps_drop;
    return 0;
}
