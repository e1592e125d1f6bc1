#define _GNU_SOURCE
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(CVIP_CAPTURE_MESSAGE_SIZE == PCAP_ERRBUF_SIZE, "libpcap writes up to PCAP_ERRBUF_SIZE");

static int error_of_activation(int status) {
    switch (status) {
    case PCAP_ERROR_PERM_DENIED: return -EPERM;
    case PCAP_ERROR_NO_SUCH_DEVICE: return -ENODEV;
    case PCAP_ERROR_IFACE_NOT_UP: return -ENETDOWN;
    default: return -EIO;
    }
}

static int set_filter(pcap_t *pcap, const char *text) {
    struct bpf_program program;
    if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return -EINVAL;
    // libpcap shuts the socket with a reject-all filter, drains it, and filters what is in the ring already by itself.
    int status = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    return status == 0 ? 0 : -EIO;
}

/// Turns an activated handle into the capture that was asked for.
static int configure(pcap_t *pcap, const char *filter) {
    if (pcap_datalink(pcap) != DLT_EN10MB)
        return -EMEDIUMTYPE;
    int fd = pcap_get_selectable_fd(pcap);
    if (fd < 0)
        return -EIO;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)  // libpcap opens without
        return -errno;

    // The kernel then does not even copy own frames (Linux 4.20); the direction covers what was before, and old kernels.
    int on = 1;
    (void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (pcap_setdirection(pcap, PCAP_D_IN) != 0)
        return -EIO;
    return set_filter(pcap, filter);
}

int cvip_capture_open(const struct cvip_capture_options *options, struct pcap **capture,
                      char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    pcap_t *pcap = pcap_create(options->interface, message);
    if (pcap == NULL)
        return -EIO;
    (void)pcap_set_snaplen(pcap, options->snapshot_length);
    (void)pcap_set_promisc(pcap, 0);
    (void)pcap_set_immediate_mode(pcap, 1);
    (void)pcap_set_buffer_size(pcap, options->ring_size);
    // Before activation: libpcap then never opens its eventfd, which would be inherited by children.
    if (pcap_setnonblock(pcap, 1, message) != 0) {
        pcap_close(pcap);
        return -EIO;
    }

    int status = pcap_activate(pcap);
    int error = status < 0 ? error_of_activation(status) : configure(pcap, options->filter);
    if (error < 0) {
        const char *reason = pcap_geterr(pcap);
        if (error == -EMEDIUMTYPE)
            reason = "not an Ethernet interface";
        else if (reason[0] == '\0')
            reason = pcap_statustostr(status);
        (void)snprintf(message, CVIP_CAPTURE_MESSAGE_SIZE, "%s", reason);
        pcap_close(pcap);
        return error;
    }
    *capture = pcap;
    return 0;
}

void cvip_capture_close(struct pcap *capture) {
    pcap_close(capture);
}

int cvip_capture_set_filter(struct pcap *capture, const char *filter) {
    return set_filter(capture, filter);
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
