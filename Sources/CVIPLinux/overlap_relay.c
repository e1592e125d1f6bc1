#define _GNU_SOURCE
#include "overlap_relay.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "nft_message.h"

enum {
    PRIORITY = -500,  // before what others have at the ingress
    EXPRESSIONS = 40, // of both rules
    ELEMENT_SIZE = 24,
    CHUNK = 1024,  // elements a message: the length of their list is a number of 16 bits
    MESSAGES = 10,
};

// Data types of nft(8), which the kernel keeps for it so that it can show the sets.
enum {
    TYPE_ADDRESS = 7,
    TYPE_PORT = 13,
    TYPE_CONNECTION = ((TYPE_ADDRESS << 6 | TYPE_ADDRESS) << 6 | TYPE_PORT) << 6 | TYPE_PORT,
};

enum { SCRATCH = NFT_REG32_00, KEY = NFT_REG32_04, KEY_SIZE = 16 };

static const char CHAIN[] = "ingress";
/// The addresses, each with the timeout: when they have gone, nothing is relayed, whatever became of this process.
static const char ADDRESSES[] = "addresses";
/// The connections that began here.
static const char OWN[] = "own";

static const struct cvip_nft_field DESTINATION_MAC = {NFT_PAYLOAD_LL_HEADER, 0, ETH_ALEN};
static const struct cvip_nft_field SOURCE_MAC = {NFT_PAYLOAD_LL_HEADER, ETH_ALEN, ETH_ALEN};
static const struct cvip_nft_field ETHER_TYPE = {NFT_PAYLOAD_LL_HEADER, 2 * ETH_ALEN, 2};
static const struct cvip_nft_field TTL = {NFT_PAYLOAD_NETWORK_HEADER, 8, 1};
static const struct cvip_nft_field TTL_AND_PROTOCOL = {NFT_PAYLOAD_NETWORK_HEADER, 8, 2};
static const struct cvip_nft_field BOTH_ADDRESSES = {NFT_PAYLOAD_NETWORK_HEADER, 12, 8};
static const struct cvip_nft_field DESTINATION = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4};
static const struct cvip_nft_field SOURCE_PORT = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2};
static const struct cvip_nft_field DESTINATION_PORT = {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2};
static const struct cvip_nft_field FLAGS = {NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1};
enum { CHECKSUM = 10, FLAG_SYN = 0x02, FLAG_ACK = 0x10, RELAYED_TTL = 1 };

static void put_table(struct cvip_nft_batch *batch, const char *table) {
    struct nlmsghdr *message = cvip_nft_batch_add(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
    cvip_nft_put_u32(message, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
}

static struct nlmsghdr *put_set(struct cvip_nft_batch *batch, const char *table, const char *name, uint32_t number,
                                uint32_t flags, uint32_t type, uint32_t length, uint32_t size) {
    struct nlmsghdr *message = cvip_nft_batch_add(batch, NFT_MSG_NEWSET, NLM_F_CREATE);
    mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
    mnl_attr_put_strz(message, NFTA_SET_NAME, name);
    cvip_nft_put_u32(message, NFTA_SET_ID, number);
    cvip_nft_put_u32(message, NFTA_SET_FLAGS, flags);
    cvip_nft_put_u32(message, NFTA_SET_KEY_TYPE, type);
    cvip_nft_put_u32(message, NFTA_SET_KEY_LEN, length);
    struct nlattr *description = mnl_attr_nest_start(message, NFTA_SET_DESC);
    cvip_nft_put_u32(message, NFTA_SET_DESC_SIZE, size);
    mnl_attr_nest_end(message, description);
    return message;
}

static void put_addresses(struct cvip_nft_batch *batch, const char *table, const uint32_t *addresses, size_t count) {
    struct nlmsghdr *message = cvip_nft_batch_add(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, ADDRESSES);
    struct nlattr *list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (size_t i = 0; i < count; i++) {
        uint32_t address = htonl(addresses[i]);
        struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
        cvip_nft_put_value(message, NFTA_SET_ELEM_KEY, &address, sizeof address);
        mnl_attr_nest_end(message, element);
    }
    mnl_attr_nest_end(message, list);
}

static void put_chain(struct cvip_nft_batch *batch, const char *table, const char *interface) {
    struct nlmsghdr *message = cvip_nft_batch_add(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN);
    mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
    struct nlattr *hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
    cvip_nft_put_u32(message, NFTA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
    cvip_nft_put_u32(message, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
    mnl_attr_put_strz(message, NFTA_HOOK_DEV, interface);
    mnl_attr_nest_end(message, hook);
}

/// Begins a rule that holds for TCP segments to one of the addresses in frames to this node. What a promiscuous
/// interface sees of others' frames, and other VLANs' frames, must not be relayed.
static struct nlmsghdr *begin_rule(struct cvip_nft_batch *batch, const char *table,
                                   const struct cvip_overlap_path *path, struct nlattr **expressions) {
    const uint16_t ip = htons(ETH_P_IP);
    const uint8_t tcp = IPPROTO_TCP;
    struct nlmsghdr *rule = cvip_nft_batch_add(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    mnl_attr_put_strz(rule, NFTA_RULE_TABLE, table);
    mnl_attr_put_strz(rule, NFTA_RULE_CHAIN, CHAIN);
    *expressions = mnl_attr_nest_start(rule, NFTA_RULE_EXPRESSIONS);
    cvip_nft_load(rule, ETHER_TYPE, SCRATCH);
    cvip_nft_compare(rule, SCRATCH, NFT_CMP_EQ, &ip, sizeof ip);
    cvip_nft_load_meta(rule, NFT_META_L4PROTO, SCRATCH);
    cvip_nft_compare(rule, SCRATCH, NFT_CMP_EQ, &tcp, sizeof tcp);
    cvip_nft_load(rule, DESTINATION, SCRATCH);
    cvip_nft_look_up(rule, ADDRESSES, SCRATCH, 0);
    cvip_nft_load(rule, DESTINATION_MAC, SCRATCH);
    cvip_nft_compare(rule, SCRATCH, NFT_CMP_EQ, path->own_mac, sizeof path->own_mac);
    cvip_nft_load(rule, BOTH_ADDRESSES, KEY);
    cvip_nft_load(rule, SOURCE_PORT, KEY + 2);
    cvip_nft_load(rule, DESTINATION_PORT, KEY + 3);
    return rule;
}

/// A connection that begins here is this node's.
static void put_rule_of_own(struct cvip_nft_batch *batch, const char *table, const struct cvip_overlap_path *path) {
    const uint8_t syn = FLAG_SYN;
    struct nlattr *expressions;
    struct nlmsghdr *rule = begin_rule(batch, table, path, &expressions);
    cvip_nft_load(rule, FLAGS, SCRATCH);
    cvip_nft_mask(rule, SCRATCH, FLAG_SYN | FLAG_ACK);
    cvip_nft_compare(rule, SCRATCH, NFT_CMP_EQ, &syn, sizeof syn);
    // When the set is full the SYN is relayed too: its connection is then the predecessor's, from end to end.
    cvip_nft_remember(rule, OWN, KEY);
    cvip_nft_decide(rule, NF_ACCEPT);
    mnl_attr_nest_end(rule, expressions);
}

/// Every other is the predecessor's.
static void put_rule_of_relay(struct cvip_nft_batch *batch, const char *table, const struct cvip_overlap_path *path) {
    const uint8_t relayed[] = {RELAYED_TTL, IPPROTO_TCP};  // checksums are mended for whole words
    struct nlattr *expressions;
    struct nlmsghdr *rule = begin_rule(batch, table, path, &expressions);
    cvip_nft_look_up(rule, OWN, KEY, NFT_LOOKUP_F_INV);
    cvip_nft_load(rule, TTL, SCRATCH);
    cvip_nft_compare(rule, SCRATCH, NFT_CMP_NEQ, relayed, TTL.length);
    cvip_nft_load_value(rule, relayed, sizeof relayed, SCRATCH);
    cvip_nft_store(rule, SCRATCH, TTL_AND_PROTOCOL, CHECKSUM);
    cvip_nft_load_value(rule, path->predecessor_mac, sizeof path->predecessor_mac, SCRATCH);
    cvip_nft_store(rule, SCRATCH, DESTINATION_MAC, 0);
    cvip_nft_load_value(rule, path->own_mac, sizeof path->own_mac, SCRATCH);
    cvip_nft_store(rule, SCRATCH, SOURCE_MAC, 0);
    cvip_nft_load_value(rule, &path->ifindex, sizeof path->ifindex, SCRATCH);
    cvip_nft_forward(rule, SCRATCH);
    mnl_attr_nest_end(rule, expressions);
}

int cvip_overlap_begin(int fd, uint32_t *sequence, const char *table, const struct cvip_overlap_path *path,
                       const uint32_t *addresses, size_t count) {
    char interface[IF_NAMESIZE];
    if (if_indextoname((unsigned)path->ifindex, interface) == NULL)
        return -errno;
    size_t chunks = (count + CHUNK - 1) / CHUNK;
    size_t size = (MESSAGES + chunks) * CVIP_NFT_MESSAGE_SIZE + EXPRESSIONS * CVIP_NFT_EXPRESSION_SIZE;
    char *buffer = calloc(1, size + count * ELEMENT_SIZE);
    if (buffer == NULL)
        return -ENOMEM;
    struct cvip_nft_batch batch = cvip_nft_batch_begin(buffer, *sequence, NFPROTO_NETDEV);
    put_table(&batch, table);
    struct nlmsghdr *set = put_set(&batch, table, ADDRESSES, 1, NFT_SET_TIMEOUT, TYPE_ADDRESS,
                                   sizeof *addresses, count == 0 ? 1 : (uint32_t)count);
    mnl_attr_put_u64(set, NFTA_SET_TIMEOUT, htobe64(path->lifetime_ms));
    put_set(&batch, table, OWN, 2, NFT_SET_EVAL, TYPE_CONNECTION, KEY_SIZE, CVIP_OVERLAP_CONNECTIONS);
    for (size_t done = 0; done < count; done += CHUNK)
        put_addresses(&batch, table, addresses + done, count - done < CHUNK ? count - done : CHUNK);
    put_chain(&batch, table, interface);
    put_rule_of_own(&batch, table, path);
    put_rule_of_relay(&batch, table, path);
    int status = cvip_nft_batch_commit(&batch, fd);
    *sequence = batch.sequence;
    free(buffer);
    return status;
}

int cvip_overlap_end(int fd, uint32_t *sequence, const char *table) {
    _Alignas(struct nlmsghdr) char buffer[4 * CVIP_NFT_MESSAGE_SIZE] = {0};
    struct cvip_nft_batch batch = cvip_nft_batch_begin(buffer, *sequence, NFPROTO_NETDEV);
    mnl_attr_put_strz(cvip_nft_batch_add(&batch, NFT_MSG_DELTABLE, 0), NFTA_TABLE_NAME, table);
    int status = cvip_nft_batch_commit(&batch, fd);
    *sequence = batch.sequence;
    return status;
}
