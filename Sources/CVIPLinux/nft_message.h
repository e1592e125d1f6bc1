// Building nf_tables messages: a batch that the kernel takes whole or not at all, and the expressions of its rules.
// What the rules are for is their user's topic. Private to the shim.
#ifndef CVIP_NFT_MESSAGE_H
#define CVIP_NFT_MESSAGE_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CVIP_NFT_MESSAGE_SIZE = 96,     // a message's headers and names, its expressions and elements not counted
    CVIP_NFT_EXPRESSION_SIZE = 96,  // room for one expression
};

/// Messages one behind the other in a zeroed buffer of the caller's, who sees to it that they fit.
struct cvip_nft_batch {
    char *buffer;
    struct nlmsghdr *last;
    uint32_t sequence;  // of the last message
    uint8_t family;     // NFPROTO_NETDEV…
};

/// Begins a batch in buffer whose messages are numbered from sequence + 1.
struct cvip_nft_batch cvip_nft_batch_begin(char *buffer, uint32_t sequence, uint8_t family);

/// Adds a message; it is complete when the next is added. type: NFT_MSG_…; flags: NLM_F_CREATE… beside NLM_F_REQUEST.
struct nlmsghdr *cvip_nft_batch_add(struct cvip_nft_batch *batch, uint16_t type, uint16_t flags);

/// Completes the batch, sends it and reads the kernel's answers, which are there when it has been sent. Returns 0 when
/// the kernel has done all of it, or -errno when none.
int cvip_nft_batch_commit(struct cvip_nft_batch *batch, int fd);

/// Adds a number as nf_tables wants it, in network order.
void cvip_nft_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value);

/// Adds a value: an attribute of that type around NFTA_DATA_VALUE.
void cvip_nft_put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t length);

// Expressions, in the order in which a rule evaluates them; it ends at the first that does not hold. Between the start
// and the end of NFTA_RULE_EXPRESSIONS.

/// A place in a packet. base: NFT_PAYLOAD_….
struct cvip_nft_field {
    uint32_t base, offset, length;
};

/// Loads a field into the registers from `to` on.
void cvip_nft_load(struct nlmsghdr *rule, struct cvip_nft_field field, uint32_t to);

/// Loads what the packet is known by. key: NFT_META_….
void cvip_nft_load_meta(struct nlmsghdr *rule, uint32_t key, uint32_t to);

/// Loads a constant.
void cvip_nft_load_value(struct nlmsghdr *rule, const void *value, size_t length, uint32_t to);

/// Holds if a register is, or is not, value. operation: NFT_CMP_….
void cvip_nft_compare(struct nlmsghdr *rule, uint32_t from, uint32_t operation, const void *value, size_t length);

/// Keeps the bits of a one-byte register that are in mask.
void cvip_nft_mask(struct nlmsghdr *rule, uint32_t at, uint8_t mask);

/// Holds if a set has the key in the registers from `from` on; with NFT_LOOKUP_F_INV in flags if it has not.
void cvip_nft_look_up(struct nlmsghdr *rule, const char *set, uint32_t from, uint32_t flags);

/// Adds the key to a set; holds unless the set is full.
void cvip_nft_remember(struct nlmsghdr *rule, const char *set, uint32_t from);

/// Overwrites a field. checksum: the offset of the Internet checksum in the same header that covers it, or 0.
void cvip_nft_store(struct nlmsghdr *rule, uint32_t from, struct cvip_nft_field field, uint32_t checksum);

/// Ends the evaluation. verdict: NF_ACCEPT….
void cvip_nft_decide(struct nlmsghdr *rule, uint32_t verdict);

/// Sends the packet out of the interface whose index is in the register, and ends the evaluation.
void cvip_nft_forward(struct nlmsghdr *rule, uint32_t from);

#endif
