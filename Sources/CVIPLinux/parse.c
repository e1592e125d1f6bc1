#define _GNU_SOURCE
#include "parse.h"

#include <errno.h>
#include <string.h>

int cvip_each_attribute(const char *at, const char *end, cvip_take_attribute take, void *into) {
    const struct nlattr *attribute = (const struct nlattr *)(const void *)at;
    while (mnl_attr_ok(attribute, (int)(end - (const char *)attribute))) {
        int status = take(attribute, into);
        if (status < 0)
            return status;
        attribute = mnl_attr_next(attribute);
    }
    // The last one's padding may be missing, but nothing else may be left.
    return (const char *)attribute < end ? -EBADMSG : 0;
}

int cvip_take_u32(const struct nlattr *attribute, uint32_t *value) {
    if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
        return -EBADMSG;
    *value = mnl_attr_get_u32(attribute);
    return 0;
}

/// NLMSG_ERROR and NLMSG_DONE both begin with the kernel's -errno.
static int parse_error(const struct nlmsghdr *header, struct cvip_message *message) {
    int32_t error;
    if (mnl_nlmsg_get_payload_len(header) < sizeof error)
        return -EBADMSG;
    memcpy(&error, mnl_nlmsg_get_payload(header), sizeof error);
    if (error > 0 || error == INT32_MIN)
        return -EBADMSG;
    message->error = -error;
    message->kind = header->nlmsg_type == NLMSG_ERROR ? CVIP_MESSAGE_ERROR : CVIP_MESSAGE_DONE;
    return 0;
}

static int parse_message(const struct nlmsghdr *header, struct cvip_message *message, cvip_parse_body parse) {
    switch (header->nlmsg_type) {
    case NLMSG_ERROR:
    case NLMSG_DONE: return parse_error(header, message);
    case NLMSG_OVERRUN: message->kind = CVIP_MESSAGE_OVERRUN; return 0;
    default: return parse(header, message);
    }
}

int cvip_parse_next(const void *buffer, size_t length, size_t *offset, struct cvip_message *message,
                    cvip_parse_body parse) {
    if (*offset >= length)
        return 0;
    size_t left = length - *offset;
    const struct nlmsghdr *header = (const void *)((const char *)buffer + *offset);
    // mnl_nlmsg_ok takes the message's length for a signed number, so one of 2^31 and more would pass as short.
    if (left > INT32_MAX || !mnl_nlmsg_ok(header, (int)left) || header->nlmsg_len > left) {
        *offset = length;
        return -EBADMSG;
    }
    size_t step = MNL_ALIGN((size_t)header->nlmsg_len);
    *offset += step < left ? step : left;

    memset(message, 0, sizeof *message);
    message->kind = CVIP_MESSAGE_OTHER;
    message->sequence = header->nlmsg_seq;
    message->interrupted = (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    int status = parse_message(header, message, parse);
    return status < 0 ? status : 1;
}
