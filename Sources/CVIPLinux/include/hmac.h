// HMAC-SHA256 (RFC 2104) by nettle, randomness, and memory that keeps no secret behind.
#ifndef CVIP_HMAC_H
#define CVIP_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CVIP_HMAC_LENGTH = 32 };

/// A key, ready for use. Nothing but these functions looks into it.
struct cvip_hmac_key;

/// Makes a key of a secret, which the caller keeps, and wipes. Returns 0 and a key of the caller's in `*key`, or -ENOMEM.
int cvip_hmac_key_create(const uint8_t *secret, size_t length, struct cvip_hmac_key **key);

/// Wipes and frees a key.
void cvip_hmac_key_destroy(struct cvip_hmac_key *key);

/// The tag over two pieces of memory, one after the other; a piece may be empty. The key stays as it is, but is not for
/// two threads at once.
void cvip_hmac_tag(struct cvip_hmac_key *key, const uint8_t *first, size_t first_length, const uint8_t *second,
                   size_t second_length, uint8_t tag[CVIP_HMAC_LENGTH]);

/// Whether two pieces of memory are the same, in a time that does not depend on where they differ.
bool cvip_is_equal(const uint8_t *one, const uint8_t *other, size_t length);

/// Overwrites memory with zeros, and is not optimized away.
void cvip_wipe(uint8_t *memory, size_t length);

/// Fills memory with random octets fit for a key, getrandom(2); at most 256. Returns 0 or -errno.
int cvip_random(uint8_t *memory, size_t length);

#endif
