#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"
#include "netlink.h"

enum {
    CVIP_IFA_PROTO = 11,   // not in the headers before Linux 5.18; older kernels skip it
    CHUNK = 64,            // requests a datagram: their answers take about 64 KB of the default 208 KB buffer
    REQUEST_SIZE = 96,     // one request, rounded up
    ANSWER_TIMEOUT_MS = 1000,
    NO_ANSWER = -1
};

struct change {
    uint16_t type;
    uint16_t flags;
    uint32_t ifindex;
    uint32_t lifetime;
};

/// Writes one request at buffer; returns its length. prefixlen 32 in a removal keeps, say, a /24 of the same address.
static size_t put_request(void *buffer, const struct change *change, uint32_t address, uint32_t sequence) {
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = change->type;
    header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | change->flags);
    header->nlmsg_seq = sequence;
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header, sizeof *info);
    info->ifa_family = AF_INET;
    info->ifa_prefixlen = 32;
    info->ifa_scope = RT_SCOPE_UNIVERSE;
    info->ifa_index = change->ifindex;
    mnl_attr_put_u32(header, IFA_LOCAL, htonl(address));
    mnl_attr_put_u32(header, IFA_ADDRESS, htonl(address));
    if (change->type == RTM_NEWADDR) {
        struct ifa_cacheinfo lifetime = {.ifa_valid = change->lifetime, .ifa_prefered = 0};
        mnl_attr_put(header, IFA_CACHEINFO, sizeof lifetime, &lifetime);
        mnl_attr_put_u32(header, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
        mnl_attr_put_u8(header, CVIP_IFA_PROTO, CVIP_ADDRESS_PROTOCOL);
    }
    return MNL_ALIGN(header->nlmsg_len);
}

/// Receives until every request from first on has its answer; -errno if that cannot be.
static int collect(int fd, uint32_t first, int32_t *answers, size_t count) {
    _Alignas(struct nlmsghdr) char buffer[4096];
    size_t missing = count;
    while (missing > 0) {
        int length = cvip_netlink_receive(fd, buffer, sizeof buffer, ANSWER_TIMEOUT_MS);
        if (length < 0)
            return length == -EAGAIN ? -ETIMEDOUT : length;
        struct cvip_message message;
        size_t offset = 0;
        int status;
        while ((status = cvip_message_next(buffer, (size_t)length, &offset, &message)) != 0) {
            // What a former call gave up waiting for is of another sequence and is passed over.
            size_t index = message.sequence - first;
            if (status < 0 || message.kind != CVIP_MESSAGE_ERROR || index >= count || answers[index] != NO_ANSWER)
                continue;
            answers[index] = message.error;
            missing--;
        }
    }
    return 0;
}

/// Sends one datagram of requests and collects its answers; -errno if that cannot be.
static int exchange(int fd, uint32_t *sequence, const struct change *change, const uint32_t *addresses,
                    int32_t *answers, size_t count) {
    _Alignas(struct nlmsghdr) char buffer[CHUNK * REQUEST_SIZE];
    memset(buffer, 0, count * REQUEST_SIZE);  // libmnl leaves the padding of attributes as it is
    uint32_t first = *sequence + 1;
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += put_request(buffer + length, change, addresses[i], ++*sequence);
    while (send(fd, buffer, length, MSG_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return collect(fd, first, answers, count);
}

static size_t change_addresses(int fd, uint32_t *sequence, const struct change *change, const uint32_t *addresses,
                               int32_t *answers, size_t count) {
    size_t granted = 0;
    int status = 0;
    for (size_t done = 0; done < count;) {
        size_t length = count - done < CHUNK ? count - done : CHUNK;
        for (size_t i = done; i < done + length; i++)
            answers[i] = NO_ANSWER;
        if (status == 0)  // once the socket fails, the rest fails with it, instead of each chunk waiting anew
            status = exchange(fd, sequence, change, addresses + done, answers + done, length);
        for (size_t i = done; i < done + length; i++) {
            if (answers[i] == NO_ANSWER)
                answers[i] = -status;
            granted += answers[i] == 0;
        }
        done += length;
    }
    return granted;
}

size_t cvip_address_set(int fd, uint32_t *sequence, int ifindex, uint32_t lifetime, const uint32_t *addresses,
                        int32_t *answers, size_t count) {
    struct change change = {.type = RTM_NEWADDR,
                            .flags = NLM_F_CREATE | NLM_F_REPLACE,
                            .ifindex = (uint32_t)ifindex,
                            .lifetime = lifetime};
    return change_addresses(fd, sequence, &change, addresses, answers, count);
}

size_t cvip_address_remove(int fd, uint32_t *sequence, int ifindex, const uint32_t *addresses, int32_t *answers,
                           size_t count) {
    struct change change = {.type = RTM_DELADDR, .ifindex = (uint32_t)ifindex};
    return change_addresses(fd, sequence, &change, addresses, answers, count);
}
