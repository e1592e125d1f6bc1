#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#include "live.h"
#include "packet.h"

static void say(char message[CVIP_CAPTURE_MESSAGE_SIZE], const char *text) {
    (void)snprintf(message, CVIP_CAPTURE_MESSAGE_SIZE, "%s", text);
}

/// Makes an opened handle the source that was asked for.
static int configure(pcap_t *pcap, const struct cvip_capture_options *options, const uint8_t group[6]) {
    int error = cvip_live_filter(pcap, options->filter);
    if (error < 0)
        return error;
    unsigned int ifindex = if_nametoindex(options->interface);
    return ifindex == 0 ? -errno : cvip_packet_join(pcap_get_selectable_fd(pcap), (int)ifindex, group);
}

int cvip_source_open_live(const struct cvip_capture_options *options, const uint8_t group[6], struct pcap **source,
                          char message[CVIP_CAPTURE_MESSAGE_SIZE]) {
    pcap_t *pcap;
    // A device that has no nanoseconds to give goes on with microseconds; each frame's reader asks which it is.
    int error = cvip_live_open(options, PCAP_TSTAMP_PRECISION_NANO, &pcap, message);
    if (error < 0)
        return error;
    error = configure(pcap, options, group);
    if (error < 0)
        return cvip_live_abandon(pcap, error, message);
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
    if (cvip_source_link(pcap) < 0) {
        const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));
        say(message, name != NULL ? name : "of an unknown kind");
        pcap_close(pcap);
        return -EMEDIUMTYPE;
    }
    *source = pcap;
    return 0;
}

int cvip_source_link(struct pcap *source) {
    switch (pcap_datalink(source)) {
    case DLT_EN10MB: return CVIP_CAPTURED_ETHERNET;
    case DLT_LINUX_SLL: return CVIP_CAPTURED_COOKED;
    case DLT_LINUX_SLL2: return CVIP_CAPTURED_COOKED_2;
    default: return -EMEDIUMTYPE;
    }
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
