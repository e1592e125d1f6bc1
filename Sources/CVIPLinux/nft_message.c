#define _GNU_SOURCE
#include "nft_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"
#include "parse.h"

static struct nlmsghdr *add(struct cvip_nft_batch *batch, uint16_t type, uint16_t flags, uint8_t family,
                            uint16_t resource) {
    char *at = batch->last == NULL ? batch->buffer : mnl_nlmsg_get_payload_tail(batch->last);
    struct nlmsghdr *message = mnl_nlmsg_put_header(at);
    message->nlmsg_type = type;
    message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    message->nlmsg_seq = ++batch->sequence;
    struct nfgenmsg *generic = mnl_nlmsg_put_extra_header(message, sizeof *generic);
    generic->nfgen_family = family;
    generic->version = NFNETLINK_V0;
    generic->res_id = htons(resource);
    return batch->last = message;
}

struct cvip_nft_batch cvip_nft_batch_begin(char *buffer, uint32_t sequence, uint8_t family) {
    struct cvip_nft_batch batch = {.buffer = buffer, .sequence = sequence, .family = family};
    add(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    return batch;
}

struct nlmsghdr *cvip_nft_batch_add(struct cvip_nft_batch *batch, uint16_t type, uint16_t flags) {
    return add(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, batch->family, 0);
}

static int parse_nothing(const struct nlmsghdr *header, struct cvip_message *message) {
    (void)header;
    (void)message;
    return 0;
}

/// Reads the answers that wait; the errors of a batch come with the numbers of its messages.
static int read_answers(int fd, uint32_t first, uint32_t last) {
    _Alignas(struct nlmsghdr) char buffer[4096];
    int result = -EPROTO;  // no answer at all
    for (;;) {
        int length = cvip_netlink_receive(fd, buffer, sizeof buffer, 0);
        if (length < 0)
            return length == -EAGAIN ? result : length;
        struct cvip_message message;
        size_t offset = 0;
        int status;
        while ((status = cvip_parse_next(buffer, (size_t)length, &offset, &message, parse_nothing)) != 0) {
            if (status < 0 || message.kind != CVIP_MESSAGE_ERROR || message.sequence - first > last - first)
                continue;
            if (result == -EPROTO || result == 0)  // of several errors the first is the cause of the others
                result = -message.error;
        }
    }
}

int cvip_nft_batch_commit(struct cvip_nft_batch *batch, int fd) {
    batch->last->nlmsg_flags |= NLM_F_ACK;
    uint32_t last = batch->sequence;
    add(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    const struct nlmsghdr *begin = (const void *)batch->buffer;
    size_t length = (size_t)((char *)mnl_nlmsg_get_payload_tail(batch->last) - batch->buffer);
    while (send(fd, batch->buffer, length, MSG_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return read_answers(fd, begin->nlmsg_seq, last);
}

void cvip_nft_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value) {
    mnl_attr_put_u32(message, type, htonl(value));
}

void cvip_nft_put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t length) {
    struct nlattr *data = mnl_attr_nest_start(message, type);
    mnl_attr_put(message, NFTA_DATA_VALUE, length, value);
    mnl_attr_nest_end(message, data);
}

/// An expression that is being written.
struct expression {
    struct nlattr *element, *data;
};

static struct expression begin(struct nlmsghdr *rule, const char *name) {
    struct expression expression = {.element = mnl_attr_nest_start(rule, NFTA_LIST_ELEM)};
    mnl_attr_put_strz(rule, NFTA_EXPR_NAME, name);
    expression.data = mnl_attr_nest_start(rule, NFTA_EXPR_DATA);
    return expression;
}

static void end(struct nlmsghdr *rule, struct expression expression) {
    mnl_attr_nest_end(rule, expression.data);
    mnl_attr_nest_end(rule, expression.element);
}

static void put_field(struct nlmsghdr *rule, struct cvip_nft_field field) {
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_BASE, field.base);
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_OFFSET, field.offset);
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_LEN, field.length);
}

void cvip_nft_load(struct nlmsghdr *rule, struct cvip_nft_field field, uint32_t to) {
    struct expression expression = begin(rule, "payload");
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_DREG, to);
    put_field(rule, field);
    end(rule, expression);
}

void cvip_nft_store(struct nlmsghdr *rule, uint32_t from, struct cvip_nft_field field, uint32_t checksum) {
    struct expression expression = begin(rule, "payload");
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_SREG, from);
    put_field(rule, field);
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_CSUM_TYPE, checksum == 0 ? NFT_PAYLOAD_CSUM_NONE : NFT_PAYLOAD_CSUM_INET);
    cvip_nft_put_u32(rule, NFTA_PAYLOAD_CSUM_OFFSET, checksum);
    end(rule, expression);
}

void cvip_nft_load_meta(struct nlmsghdr *rule, uint32_t key, uint32_t to) {
    struct expression expression = begin(rule, "meta");
    cvip_nft_put_u32(rule, NFTA_META_DREG, to);
    cvip_nft_put_u32(rule, NFTA_META_KEY, key);
    end(rule, expression);
}

void cvip_nft_load_value(struct nlmsghdr *rule, const void *value, size_t length, uint32_t to) {
    struct expression expression = begin(rule, "immediate");
    cvip_nft_put_u32(rule, NFTA_IMMEDIATE_DREG, to);
    cvip_nft_put_value(rule, NFTA_IMMEDIATE_DATA, value, length);
    end(rule, expression);
}

void cvip_nft_decide(struct nlmsghdr *rule, uint32_t verdict) {
    struct expression expression = begin(rule, "immediate");
    cvip_nft_put_u32(rule, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    struct nlattr *data = mnl_attr_nest_start(rule, NFTA_IMMEDIATE_DATA);
    struct nlattr *code = mnl_attr_nest_start(rule, NFTA_DATA_VERDICT);
    cvip_nft_put_u32(rule, NFTA_VERDICT_CODE, verdict);
    mnl_attr_nest_end(rule, code);
    mnl_attr_nest_end(rule, data);
    end(rule, expression);
}

void cvip_nft_compare(struct nlmsghdr *rule, uint32_t from, uint32_t operation, const void *value, size_t length) {
    struct expression expression = begin(rule, "cmp");
    cvip_nft_put_u32(rule, NFTA_CMP_SREG, from);
    cvip_nft_put_u32(rule, NFTA_CMP_OP, operation);
    cvip_nft_put_value(rule, NFTA_CMP_DATA, value, length);
    end(rule, expression);
}

void cvip_nft_mask(struct nlmsghdr *rule, uint32_t at, uint8_t mask) {
    const uint8_t nothing = 0;
    struct expression expression = begin(rule, "bitwise");
    cvip_nft_put_u32(rule, NFTA_BITWISE_SREG, at);
    cvip_nft_put_u32(rule, NFTA_BITWISE_DREG, at);
    cvip_nft_put_u32(rule, NFTA_BITWISE_LEN, sizeof mask);
    cvip_nft_put_value(rule, NFTA_BITWISE_MASK, &mask, sizeof mask);
    cvip_nft_put_value(rule, NFTA_BITWISE_XOR, &nothing, sizeof nothing);
    end(rule, expression);
}

void cvip_nft_look_up(struct nlmsghdr *rule, const char *set, uint32_t from, uint32_t flags) {
    struct expression expression = begin(rule, "lookup");
    mnl_attr_put_strz(rule, NFTA_LOOKUP_SET, set);
    cvip_nft_put_u32(rule, NFTA_LOOKUP_SREG, from);
    cvip_nft_put_u32(rule, NFTA_LOOKUP_FLAGS, flags);
    end(rule, expression);
}

void cvip_nft_remember(struct nlmsghdr *rule, const char *set, uint32_t from) {
    struct expression expression = begin(rule, "dynset");
    mnl_attr_put_strz(rule, NFTA_DYNSET_SET_NAME, set);
    cvip_nft_put_u32(rule, NFTA_DYNSET_OP, NFT_DYNSET_OP_ADD);
    cvip_nft_put_u32(rule, NFTA_DYNSET_SREG_KEY, from);
    end(rule, expression);
}

void cvip_nft_forward(struct nlmsghdr *rule, uint32_t from) {
    struct expression expression = begin(rule, "fwd");
    cvip_nft_put_u32(rule, NFTA_FWD_SREG_DEV, from);
    end(rule, expression);
}
