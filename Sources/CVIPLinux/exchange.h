// Many requests to the kernel at once, with its answer for each. Private to the shim.
#ifndef CVIP_EXCHANGE_H
#define CVIP_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

enum { CVIP_REQUEST_SIZE = 96 };  // room for one request

/// Writes request number index, without NLM_F_ACK and with that sequence number, into CVIP_REQUEST_SIZE zeroed bytes; returns
/// its length, padded to 4.
typedef size_t (*cvip_put_request)(void *buffer, uint32_t sequence, size_t index, const void *context);

/// Sends count requests and collects their answers; what callers promise of answers is in address.h. Returns how many
/// are 0.
size_t cvip_exchange(int fd, uint32_t *sequence, cvip_put_request put, const void *context, int32_t *answers,
                     size_t count);

#endif
