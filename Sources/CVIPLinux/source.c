#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packet.h"

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

/// Turns an activated handle into the source that was asked for.
static int configure(pcap_t *pcap, const struct cvip_capture_options *options, const uint8_t group[6]) {
    if (pcap_datalink(pcap) != DLT_EN10MB)
        return -EMEDIUMTYPE;
    int fd = pcap_get_selectable_fd(pcap);
    if (fd < 0)
        return -EIO;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)  // libpcap opens without
        return -errno;
    struct bpf_program program;
    if (pcap_compile(pcap, &program, options->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return -EINVAL;
    int status = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    if (status != 0)
        return -EIO;
    unsigned int ifindex = if_nametoindex(options->interface);
    return ifindex == 0 ? -errno : cvip_packet_join(fd, (int)ifindex, group);
}

int cvip_source_open_live(const struct cvip_capture_options *options, const uint8_t group[6], struct pcap **source,
                          char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    pcap_t *pcap = pcap_create(options->interface, message);
    if (pcap == NULL)
        return -EIO;
    (void)pcap_set_snaplen(pcap, options->snapshot_length);
    (void)pcap_set_promisc(pcap, 0);
    (void)pcap_set_immediate_mode(pcap, 1);
    (void)pcap_set_buffer_size(pcap, options->ring_size);
    // A device that has no nanoseconds to give goes on with microseconds, and is asked below which it is.
    (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    if (pcap_setnonblock(pcap, 1, message) != 0) {
        pcap_close(pcap);
        return -EIO;
    }
    int status = pcap_activate(pcap);
    int error = status < 0 ? error_of_activation(status) : configure(pcap, options, group);
    if (error < 0) {
        const char *reason = pcap_geterr(pcap);
        say(message, reason[0] != '\0' ? reason : pcap_statustostr(status));
        pcap_close(pcap);
        return error;
    }
    *source = pcap;
    return 0;
}

int cvip_source_open_file(int fd, struct pcap **source, char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    FILE *file = fdopen(fd, "rb");
    if (file == NULL) {
        int error = errno;
        (void)close(fd);
        return -error;
    }
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, message);
    if (pcap == NULL) {
        (void)fclose(file);
        return -EBADMSG;
    }
    int link = pcap_datalink(pcap);
    if (link != DLT_EN10MB) {
        const char *name = pcap_datalink_val_to_name(link);
        say(message, name != NULL ? name : "of an unknown kind");
        pcap_close(pcap);
        return -EMEDIUMTYPE;
    }
    *source = pcap;
    return 0;
}

void cvip_source_close(struct pcap *source) {
    pcap_close(source);
}

int cvip_source_fd(struct pcap *source) {
    return pcap_get_selectable_fd(source);
}

int cvip_source_next(struct pcap *source, struct cvip_seen *seen, char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status = pcap_next_ex(source, &header, &bytes);
    if (status == 0 || status == PCAP_ERROR_BREAK)
        return 0;
    if (status < 0) {
        say(message, pcap_geterr(source));
        return pcap_file(source) != NULL ? -EBADMSG : -ENODEV;
    }
    int64_t part = header->ts.tv_usec;
    if (pcap_get_tstamp_precision(source) != PCAP_TSTAMP_PRECISION_NANO)
        part *= 1000;
    // A file may say any second; far from now, all that is promised is a time that can be reckoned with.
    int64_t second = header->ts.tv_sec;
    const int64_t furthest = INT64_C(9000000000);
    if (second > furthest)
        second = furthest;
    if (second < 0)
        second = 0;
    if (part < 0 || part > 999999999)
        part = 0;
    seen->time = second * INT64_C(1000000000) + part;
    seen->bytes = bytes;
    seen->captured = header->caplen;
    seen->original = header->len;
    return 1;
}
