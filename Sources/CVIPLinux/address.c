#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "exchange.h"

enum { CVIP_IFA_PROTO = 11 };  // not in the headers before Linux 5.18; older kernels skip it

struct change {
    uint16_t type;
    uint16_t flags;
    uint32_t ifindex;
    uint32_t lifetime;
    const uint32_t *addresses;
};

/// prefixlen 32 in a removal keeps, say, a /24 of the same address.
static size_t put_request(void *buffer, uint32_t sequence, size_t index, const void *context) {
    const struct change *change = context;
    uint32_t address = htonl(change->addresses[index]);
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = change->type;
    header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | change->flags);
    header->nlmsg_seq = sequence;
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(header, sizeof *info);
    info->ifa_family = AF_INET;
    info->ifa_prefixlen = 32;
    info->ifa_scope = RT_SCOPE_UNIVERSE;
    info->ifa_index = change->ifindex;
    mnl_attr_put_u32(header, IFA_LOCAL, address);
    mnl_attr_put_u32(header, IFA_ADDRESS, address);
    if (change->type == RTM_NEWADDR) {
        struct ifa_cacheinfo lifetime = {.ifa_valid = change->lifetime, .ifa_prefered = 0};
        mnl_attr_put(header, IFA_CACHEINFO, sizeof lifetime, &lifetime);
        mnl_attr_put_u32(header, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
        mnl_attr_put_u8(header, CVIP_IFA_PROTO, CVIP_ADDRESS_PROTOCOL);
    }
    return MNL_ALIGN(header->nlmsg_len);
}

size_t cvip_address_set(int fd, uint32_t *sequence, int ifindex, uint32_t lifetime, const uint32_t *addresses,
                        int32_t *answers, size_t count) {
    struct change change = {.type = RTM_NEWADDR,
                            .flags = NLM_F_CREATE | NLM_F_REPLACE,
                            .ifindex = (uint32_t)ifindex,
                            .lifetime = lifetime,
                            .addresses = addresses};
    return cvip_exchange(fd, sequence, put_request, &change, answers, count);
}

size_t cvip_address_remove(int fd, uint32_t *sequence, int ifindex, const uint32_t *addresses, int32_t *answers,
                           size_t count) {
    struct change change = {.type = RTM_DELADDR, .ifindex = (uint32_t)ifindex, .addresses = addresses};
    return cvip_exchange(fd, sequence, put_request, &change, answers, count);
}
