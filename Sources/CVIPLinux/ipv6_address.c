#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "parse.h"

struct ipv6_attributes {
    const struct nlattr *local, *address;
    struct cvip_ipv6_address *parsed;
};

static int take_attribute(const struct nlattr *attribute, void *into) {
    struct ipv6_attributes *attributes = into;
    struct ifa_cacheinfo lifetime;
    switch (mnl_attr_get_type(attribute)) {
    case IFA_LOCAL: attributes->local = attribute; return 0;
    case IFA_ADDRESS: attributes->address = attribute; return 0;
    case IFA_FLAGS: return cvip_take_u32(attribute, &attributes->parsed->flags);
    case IFA_CACHEINFO:
        if (mnl_attr_get_payload_len(attribute) < sizeof lifetime)
            return -EBADMSG;
        memcpy(&lifetime, mnl_attr_get_payload(attribute), sizeof lifetime);
        attributes->parsed->preferred = lifetime.ifa_prefered;
        return 0;
    default: return 0;
    }
}

int cvip_parse_ipv6_address(const struct nlmsghdr *header, struct cvip_message *message) {
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
    if (info->ifa_prefixlen > 128)
        return -EBADMSG;
    struct cvip_ipv6_address *parsed = &message->ipv6_address;
    parsed->ifindex = (int32_t)info->ifa_index;
    parsed->prefix_length = info->ifa_prefixlen;
    parsed->scope = info->ifa_scope;
    parsed->flags = info->ifa_flags;
    parsed->preferred = UINT32_MAX;
    struct ipv6_attributes attributes = {.parsed = parsed};
    int status = cvip_each_attribute(mnl_nlmsg_get_payload_offset(header, sizeof *info),
                                     mnl_nlmsg_get_payload_tail(header), take_attribute, &attributes);
    if (status < 0)
        return status;
    // On a point-to-point link IFA_ADDRESS is the other end's.
    const struct nlattr *local = attributes.local != NULL ? attributes.local : attributes.address;
    if (local == NULL || mnl_attr_get_payload_len(local) != CVIP_IPV6_SIZE)
        return -EBADMSG;
    memcpy(parsed->local, mnl_attr_get_payload(local), CVIP_IPV6_SIZE);
    message->kind = CVIP_MESSAGE_IPV6_ADDRESS;
    return 0;
}
