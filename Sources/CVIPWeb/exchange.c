#include "exchange.h"

#include <errno.h>
#include <microhttpd.h>
#include <strings.h>
#include <sys/socket.h>

#include "stream.h"

enum { BLOCK = 8192 };

static struct cvip_stream *inside(struct cvip_exchange *exchange) {
    return (struct cvip_stream *)exchange;
}

const char *cvip_exchange_field(struct cvip_exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(inside(exchange)->connection, MHD_HEADER_KIND, name);
}

struct search {
    const char *name;
    int count;
};

static enum MHD_Result count_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    (void)value;
    struct search *search = context;
    if (strcasecmp(name, search->name) == 0)
        search->count++;
    return MHD_YES;
}

int cvip_exchange_field_count(struct cvip_exchange *exchange, const char *name) {
    struct search search = {name, 0};
    (void)MHD_get_connection_values(inside(exchange)->connection, MHD_HEADER_KIND, count_field, &search);
    return search.count;
}

static int queue(struct cvip_exchange *exchange, uint32_t status, struct MHD_Response *response,
                 const struct cvip_field *fields, size_t field_count) {
    if (response == NULL)
        return -ENOMEM;
    enum MHD_Result done = MHD_YES;
    for (size_t index = 0; index < field_count && done == MHD_YES; index++)
        done = MHD_add_response_header(response, fields[index].name, fields[index].value);
    if (done == MHD_YES)
        done = MHD_queue_response(inside(exchange)->connection, status, response);
    MHD_destroy_response(response);
    return done == MHD_YES ? 0 : -ENOMEM;
}

int cvip_exchange_answer(struct cvip_exchange *exchange, uint32_t status, const struct cvip_field *fields,
                         size_t field_count, const void *body, size_t length) {
    // The library takes what it copies without const.
    void *copied = (void *)(uintptr_t)body;
    struct MHD_Response *response = MHD_create_response_from_buffer(length, copied, MHD_RESPMEM_MUST_COPY);
    return queue(exchange, status, response, fields, field_count);
}

static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t capacity) {
    (void)position;
    struct cvip_stream *stream = context;
    const ptrdiff_t count = stream->calls->read(stream->calls->context, stream->number, buffer, capacity);
    if (count < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (count == 0)
        MHD_suspend_connection(stream->connection);
    return count;
}

int cvip_exchange_stream(struct cvip_exchange *exchange, const struct cvip_field *fields, size_t field_count) {
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, inside(exchange), NULL);
    return queue(exchange, MHD_HTTP_OK, response, fields, field_count);
}

void cvip_exchange_suspend(struct cvip_exchange *exchange) {
    MHD_suspend_connection(inside(exchange)->connection);
}

void cvip_exchange_resume(struct cvip_exchange *exchange) {
    MHD_resume_connection(inside(exchange)->connection);
}

void cvip_exchange_abort(struct cvip_exchange *exchange) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(inside(exchange)->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        (void)shutdown(info->connect_fd, SHUT_RDWR);
}
