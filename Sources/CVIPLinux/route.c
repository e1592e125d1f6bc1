#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "parse.h"

struct route_attributes {
    struct cvip_hop hop;  // of a route with one way
    uint32_t table;
    struct cvip_route *parsed;
};

static void add_hop(struct cvip_route *route, const struct cvip_hop *hop) {
    if (hop->gateway != 0 && route->hop_count < CVIP_HOPS_SIZE)
        route->hops[route->hop_count++] = *hop;
}

static int take_gateway(const struct nlattr *attribute, struct cvip_hop *hop) {
    uint32_t gateway = 0;
    int status = cvip_take_u32(attribute, &gateway);
    hop->gateway = ntohl(gateway);
    return status;
}

static int take_hop_attribute(const struct nlattr *attribute, void *into) {
    return mnl_attr_get_type(attribute) == RTA_GATEWAY ? take_gateway(attribute, into) : 0;
}

/// RTA_MULTIPATH: one struct rtnexthop after the other, each with attributes of its own.
static int take_hops(const struct nlattr *attribute, struct cvip_route *route) {
    const char *at = mnl_attr_get_payload(attribute);
    size_t left = mnl_attr_get_payload_len(attribute);
    while (left > 0) {
        const struct rtnexthop *next = (const void *)at;
        if (left < sizeof *next || next->rtnh_len < sizeof *next || next->rtnh_len > left)
            return -EBADMSG;
        struct cvip_hop hop = {.ifindex = next->rtnh_ifindex};
        int status = cvip_each_attribute(at + sizeof *next, at + next->rtnh_len, take_hop_attribute, &hop);
        if (status < 0)
            return status;
        add_hop(route, &hop);
        size_t step = MNL_ALIGN((size_t)next->rtnh_len);
        step = step < left ? step : left;
        at += step;
        left -= step;
    }
    return 0;
}

static int take_route_attribute(const struct nlattr *attribute, void *into) {
    struct route_attributes *attributes = into;
    switch (mnl_attr_get_type(attribute)) {
    case RTA_TABLE: return cvip_take_u32(attribute, &attributes->table);
    case RTA_PRIORITY: return cvip_take_u32(attribute, &attributes->parsed->metric);
    case RTA_OIF: return cvip_take_u32(attribute, (uint32_t *)&attributes->hop.ifindex);
    case RTA_GATEWAY: return take_gateway(attribute, &attributes->hop);
    case RTA_MULTIPATH: return take_hops(attribute, attributes->parsed);
    default: return 0;
    }
}

int cvip_parse_route(const struct nlmsghdr *header, struct cvip_message *message) {
    if (mnl_nlmsg_get_payload_len(header) < sizeof(struct rtmsg))
        return -EBADMSG;
    const struct rtmsg *info = mnl_nlmsg_get_payload(header);
    if (info->rtm_family != AF_INET)
        return 0;
    struct route_attributes attributes = {.table = info->rtm_table, .parsed = &message->route};
    int status = cvip_each_attribute(mnl_nlmsg_get_payload_offset(header, sizeof *info),
                                     mnl_nlmsg_get_payload_tail(header), take_route_attribute, &attributes);
    if (status < 0)
        return status;
    if (info->rtm_dst_len != 0 || info->rtm_type != RTN_UNICAST || attributes.table != RT_TABLE_MAIN)
        return 0;
    add_hop(&message->route, &attributes.hop);
    message->kind = CVIP_MESSAGE_ROUTE;
    return 0;
}
