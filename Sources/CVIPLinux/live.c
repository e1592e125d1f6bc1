#define _GNU_SOURCE
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

_Static_assert(CVIP_CAPTURE_MESSAGE_SIZE == PCAP_ERRBUF_SIZE, "libpcap writes up to PCAP_ERRBUF_SIZE");

static int error_of_activation(int status) {
    switch (status) {
    case PCAP_ERROR_PERM_DENIED: return -EPERM;
    case PCAP_ERROR_NO_SUCH_DEVICE: return -ENODEV;
    case PCAP_ERROR_IFACE_NOT_UP: return -ENETDOWN;
    default: return -EIO;
    }
}

static void say(char message[CVIP_CAPTURE_MESSAGE_SIZE], const char *text) {
    (void)snprintf(message, CVIP_CAPTURE_MESSAGE_SIZE, "%s", text);
}

/// Activates a handle, and looks whether it is one of Ethernet that can be waited for.
static int activate(pcap_t *pcap, char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    int status = pcap_activate(pcap);
    if (status < 0) {
        const char *reason = pcap_geterr(pcap);
        say(message, reason[0] != '\0' ? reason : pcap_statustostr(status));
        return error_of_activation(status);
    }
    if (pcap_datalink(pcap) != DLT_EN10MB) {
        say(message, "not an Ethernet interface");
        return -EMEDIUMTYPE;
    }
    int fd = pcap_get_selectable_fd(pcap);
    if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {  // libpcap opens without
        say(message, "there is no descriptor to wait on");
        return -EIO;
    }
    return 0;
}

int cvip_live_open(const struct cvip_capture_options *options, int precision, struct pcap **live,
                   char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    pcap_t *pcap = pcap_create(options->interface, message);
    if (pcap == NULL)
        return -EIO;
    (void)pcap_set_snaplen(pcap, options->snapshot_length);
    (void)pcap_set_promisc(pcap, 0);
    (void)pcap_set_immediate_mode(pcap, 1);
    (void)pcap_set_buffer_size(pcap, options->ring_size);
    (void)pcap_set_tstamp_precision(pcap, precision);
    // Before activation: libpcap then never opens its eventfd, which would be inherited by children.
    int error = pcap_setnonblock(pcap, 1, message) != 0 ? -EIO : activate(pcap, message);
    if (error < 0) {
        pcap_close(pcap);
        return error;
    }
    *live = pcap;
    return 0;
}

int cvip_live_filter(struct pcap *live, const char *filter) {
    struct bpf_program program;
    if (pcap_compile(live, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return -EINVAL;
    // libpcap shuts the socket with a reject-all filter, drains it, and filters what is in the ring already by itself.
    int status = pcap_setfilter(live, &program);
    pcap_freecode(&program);
    return status == 0 ? 0 : -EIO;
}

int cvip_live_abandon(struct pcap *live, int error, char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    const char *reason = pcap_geterr(live);
    say(message, reason[0] != '\0' ? reason : strerrordesc_np(-error));
    pcap_close(live);
    return error;
}
