#define _GNU_SOURCE
#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "parse.h"

// Attribute numbers newer than the oldest headers vipd is built with (Linux 5.15); older kernels do not send them.
enum { CVIP_IFA_PROTO = 11 };

static int take_u8(const struct nlattr *attribute, uint8_t *value) {
    if (mnl_attr_validate(attribute, MNL_TYPE_U8) < 0)
        return -EBADMSG;
    *value = mnl_attr_get_u8(attribute);
    return 0;
}

/// Copies a text, cut to what fits; the attribute need not end with NUL (IFLA_INFO_KIND does not).
static int take_text(const struct nlattr *attribute, char *text, size_t size) {
    size_t length = strnlen(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
    if (length > size - 1)
        length = size - 1;
    memcpy(text, mnl_attr_get_payload(attribute), length);
    text[length] = '\0';
    return 0;
}

/// Copies a hardware address of six bytes; others (InfiniBand, tunnels) are of no use here.
static int take_mac(const struct nlattr *attribute, uint8_t mac[CVIP_MAC_SIZE], uint8_t *present) {
    if (mnl_attr_get_payload_len(attribute) == CVIP_MAC_SIZE) {
        memcpy(mac, mnl_attr_get_payload(attribute), CVIP_MAC_SIZE);
        *present = 1;
    }
    return 0;
}

static int take_operational_state(const struct nlattr *attribute, uint8_t *operational) {
    uint8_t state = IF_OPER_UNKNOWN;
    int status = take_u8(attribute, &state);
    *operational = state == IF_OPER_UNKNOWN || state == IF_OPER_UP;
    return status;
}

static int take_link_kind(const struct nlattr *attribute, void *into) {
    struct cvip_link *link = into;
    if (mnl_attr_get_type(attribute) != IFLA_INFO_KIND)
        return 0;
    return take_text(attribute, link->kind, sizeof link->kind);
}

static int take_link_attribute(const struct nlattr *attribute, void *into) {
    struct cvip_link *link = into;
    const char *payload = mnl_attr_get_payload(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME: return take_text(attribute, link->name, sizeof link->name);
    case IFLA_MTU: return cvip_take_u32(attribute, &link->mtu);
    case IFLA_MASTER: return cvip_take_u32(attribute, (uint32_t *)&link->master);
    case IFLA_OPERSTATE: return take_operational_state(attribute, &link->operational);
    case IFLA_CARRIER: return take_u8(attribute, &link->has_carrier);
    case IFLA_ADDRESS: return take_mac(attribute, link->mac, &link->has_mac);
    case IFLA_PERM_ADDRESS: return take_mac(attribute, link->permanent_mac, &link->has_permanent_mac);
    case IFLA_LINKINFO:
        return cvip_each_attribute(payload, payload + mnl_attr_get_payload_len(attribute), take_link_kind, link);
    default: return 0;
    }
}

static int parse_link(const struct nlmsghdr *header, struct cvip_message *message) {
    if (mnl_nlmsg_get_payload_len(header) < sizeof(struct ifinfomsg))
        return -EBADMSG;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
    // With AF_BRIDGE the message is of a bridge's port: its RTM_DELLINK says that a link left the bridge, not the host.
    if (info->ifi_family != AF_UNSPEC)
        return 0;

    struct cvip_link *link = &message->link;
    link->ifindex = info->ifi_index;
    link->flags = info->ifi_flags;
    link->type = info->ifi_type;
    link->has_carrier = (info->ifi_flags & IFF_LOWER_UP) != 0;
    int status = cvip_each_attribute(mnl_nlmsg_get_payload_offset(header, sizeof *info),
                                mnl_nlmsg_get_payload_tail(header), take_link_attribute, link);
    if (status < 0)
        return status;
    if (link->name[0] == '\0')  // wireless drivers send such: events of theirs, without the link's state
        return 0;
    message->kind = header->nlmsg_type == RTM_NEWLINK ? CVIP_MESSAGE_LINK : CVIP_MESSAGE_LINK_GONE;
    return 0;
}

struct address_attributes {
    uint32_t local, address;  // network order
    uint8_t has_local, has_address;
    struct cvip_address *parsed;
};

static int take_address_attribute(const struct nlattr *attribute, void *into) {
    struct address_attributes *attributes = into;
    struct ifa_cacheinfo lifetime;
    switch (mnl_attr_get_type(attribute)) {
    case IFA_LOCAL:
        attributes->has_local = 1;
        return cvip_take_u32(attribute, &attributes->local);
    case IFA_ADDRESS:
        attributes->has_address = 1;
        return cvip_take_u32(attribute, &attributes->address);
    case IFA_FLAGS: return cvip_take_u32(attribute, &attributes->parsed->flags);
    case CVIP_IFA_PROTO: return take_u8(attribute, &attributes->parsed->protocol);
    case IFA_CACHEINFO:
        if (mnl_attr_get_payload_len(attribute) < sizeof lifetime)
            return -EBADMSG;
        memcpy(&lifetime, mnl_attr_get_payload(attribute), sizeof lifetime);
        attributes->parsed->valid = lifetime.ifa_valid;
        attributes->parsed->preferred = lifetime.ifa_prefered;
        return 0;
    default: return 0;
    }
}

static int parse_address(const struct nlmsghdr *header, struct cvip_message *message) {
    if (mnl_nlmsg_get_payload_len(header) < sizeof(struct ifaddrmsg))
        return -EBADMSG;
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
    if (info->ifa_family == AF_INET6 && header->nlmsg_type == RTM_NEWADDR)
        return cvip_parse_ipv6_address(header, message);
    if (info->ifa_family != AF_INET)
        return 0;
    if (info->ifa_prefixlen > 32)
        return -EBADMSG;

    struct cvip_address *address = &message->address;
    address->ifindex = (int32_t)info->ifa_index;
    address->prefix_length = info->ifa_prefixlen;
    address->scope = info->ifa_scope;
    address->flags = info->ifa_flags;
    address->valid = UINT32_MAX;
    address->preferred = UINT32_MAX;
    struct address_attributes attributes = {.parsed = address};
    int status = cvip_each_attribute(mnl_nlmsg_get_payload_offset(header, sizeof *info),
                                mnl_nlmsg_get_payload_tail(header), take_address_attribute, &attributes);
    if (status < 0)
        return status;
    if (!attributes.has_local && !attributes.has_address)
        return -EBADMSG;
    // On a point-to-point link IFA_ADDRESS is the other end's.
    address->local = ntohl(attributes.has_local ? attributes.local : attributes.address);
    message->kind = header->nlmsg_type == RTM_NEWADDR ? CVIP_MESSAGE_ADDRESS : CVIP_MESSAGE_ADDRESS_GONE;
    return 0;
}

static int parse_body(const struct nlmsghdr *header, struct cvip_message *message) {
    switch (header->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: return parse_link(header, message);
    case RTM_NEWADDR:
    case RTM_DELADDR: return parse_address(header, message);
    case RTM_NEWROUTE: return cvip_parse_route(header, message);
    default: return 0;
    }
}

int cvip_message_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message) {
    return cvip_parse_next(buffer, length, offset, message, parse_body);
}
