#define _GNU_SOURCE
#include "hmac.h"

#include <errno.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct cvip_hmac_key {
    struct hmac_sha256_ctx context;
};

int cvip_hmac_key_create(const uint8_t *secret, size_t length, struct cvip_hmac_key **key) {
    struct cvip_hmac_key *made = malloc(sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    hmac_sha256_set_key(&made->context, length, secret);
    *key = made;
    return 0;
}

void cvip_hmac_key_destroy(struct cvip_hmac_key *key) {
    explicit_bzero(key, sizeof *key);
    free(key);
}

void cvip_hmac_tag(struct cvip_hmac_key *key, const uint8_t *first, size_t first_length, const uint8_t *second,
                   size_t second_length, uint8_t tag[CVIP_HMAC_LENGTH]) {
    hmac_sha256_update(&key->context, first_length, first);
    hmac_sha256_update(&key->context, second_length, second);
    // This also makes the context ready for the next message.
    hmac_sha256_digest(&key->context, CVIP_HMAC_LENGTH, tag);
}

bool cvip_is_equal(const uint8_t *one, const uint8_t *other, size_t length) {
    return memeql_sec(one, other, length) == 1;
}

void cvip_wipe(uint8_t *memory, size_t length) { explicit_bzero(memory, length); }

int cvip_random(uint8_t *memory, size_t length) {
    // Up to 256 octets come whole, once the pool is ready (getrandom(2)).
    ssize_t count;
    do {
        count = getrandom(memory, length, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    return (size_t)count == length ? 0 : -EIO;
}
