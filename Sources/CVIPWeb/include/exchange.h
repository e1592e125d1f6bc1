// One connection with the request that it is about and its answer: microhttpd.h. It is what cvip_server_add gives, and
// valid until the connection was told to be closed.
#ifndef CVIPWEB_EXCHANGE_H
#define CVIPWEB_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

struct cvip_exchange;

/// A header field of an answer. Strings need to be valid during the call only, and must have no line break in them.
struct cvip_field {
    const char *name;
    const char *value;
};

/// The value of a field of the request's head; NULL where it is not there. Valid during the call of `request` only.
const char *cvip_exchange_field(struct cvip_exchange *exchange, const char *name);

/// How often that field stands in the head.
int cvip_exchange_field_count(struct cvip_exchange *exchange, const char *name);

/// Answers with a body, which is copied. Only from within `request`. Returns 0 or -ENOMEM.
int cvip_exchange_answer(struct cvip_exchange *exchange, uint32_t status, const struct cvip_field *fields,
                         size_t field_count, const void *body, size_t length);

/// Answers with what `read` gives, until it says that it is over. Only from within `request`. Returns 0 or -ENOMEM.
int cvip_exchange_stream(struct cvip_exchange *exchange, const struct cvip_field *fields, size_t field_count);

/// Puts an exchange aside, from within `request`: `request` is called again after it was resumed.
void cvip_exchange_suspend(struct cvip_exchange *exchange);

/// Goes on with an exchange that was suspended, by cvip_exchange_suspend or by a stream that had nothing to say; for no
/// other may it be called. The next cvip_server_run does the work.
void cvip_exchange_resume(struct cvip_exchange *exchange);

/// Ends a connection that is not suspended, in whatever state it is; the next cvip_server_run tells of it.
void cvip_exchange_abort(struct cvip_exchange *exchange);

#endif
