// What the parsers of this shim share: stepping through messages and their attributes. Private to it.
#ifndef CVIP_PARSE_H
#define CVIP_PARSE_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

typedef int (*cvip_take_attribute)(const struct nlattr *attribute, void *into);

/// Gives each attribute between at and end to take; -EBADMSG if a length does not fit.
int cvip_each_attribute(const char *at, const char *end, cvip_take_attribute take, void *into);

/// Copies a number of four bytes; -EBADMSG for any other length.
int cvip_take_u32(const struct nlattr *attribute, uint32_t *value);

/// Fills in what a message says that is not netlink's own; *message is zero but for kind OTHER and its header's fields.
typedef int (*cvip_parse_body)(const struct nlmsghdr *header, struct cvip_message *message);

/// cvip_message_next for any protocol over netlink: errors and ends are read here, the rest goes to parse.
int cvip_parse_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message,
                    cvip_parse_body parse);

/// Reads RTM_NEWADDR of an IPv6 address.
int cvip_parse_ipv6_address(const struct nlmsghdr *header, struct cvip_message *message);

/// Reads RTM_NEWROUTE.
int cvip_parse_route(const struct nlmsghdr *header, struct cvip_message *message);

#endif
