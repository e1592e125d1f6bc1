#include "server.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

struct cvip_server {
    struct MHD_Daemon *daemon;
    struct cvip_server_calls calls;
    struct cvip_stream *adding;  // the connection that MHD_add_connection is being called for
};

static struct cvip_stream *stream_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void connection_changed(void *context, struct MHD_Connection *connection, void **socket_context,
                               enum MHD_ConnectionNotificationCode code) {
    struct cvip_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->adding->connection = connection;
        *socket_context = server->adding;
        server->adding = NULL;
        return;
    }
    struct cvip_stream *stream = *socket_context;
    if (stream == NULL)
        return;
    *socket_context = NULL;
    server->calls.closed(server->calls.context, stream->number);
    free(stream);
}

// Whether the head announces a body: RFC 9112, 6.
static int has_body(struct MHD_Connection *connection) {
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length != NULL && strcmp(length, "0") != 0)
        return 1;
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request_context) {
    (void)version;
    (void)upload;
    struct cvip_server *server = context;
    struct cvip_stream *stream = stream_of(connection);
    if (stream == NULL)
        return MHD_NO;
    const struct cvip_request request = {method, path, has_body(connection)};
    // The first call is for those who want to refuse a body before it comes; without one the second is as good.
    if (*request_context == NULL) {
        *request_context = stream;
        if (!request.has_body)
            return MHD_YES;
    }
    *upload_size = 0;
    const int status =
        server->calls.request(server->calls.context, stream->number, (struct cvip_exchange *)stream, &request);
    return status == 0 ? MHD_YES : MHD_NO;
}

static void completed(void *context, struct MHD_Connection *connection, void **request_context,
                      enum MHD_RequestTerminationCode code) {
    (void)code;
    struct cvip_server *server = context;
    struct cvip_stream *stream = stream_of(connection);
    if (*request_context == NULL || stream == NULL)
        return;
    *request_context = NULL;
    server->calls.completed(server->calls.context, stream->number);
}

int cvip_server_open(uint32_t connections, size_t memory, const struct cvip_server_calls *calls,
                     struct cvip_server **server) {
    struct cvip_server *made = calloc(1, sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    made->calls = *calls;
    made->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, made,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        // How long a client may take is for the caller to judge.
        MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
        connection_changed, made, MHD_OPTION_NOTIFY_COMPLETED, completed, made, MHD_OPTION_END);
    if (made->daemon == NULL) {
        free(made);
        return -ENOMEM;
    }
    *server = made;
    return 0;
}

int cvip_server_descriptor(struct cvip_server *server) {
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int cvip_server_patience_ms(struct cvip_server *server) {
    MHD_UNSIGNED_LONG_LONG patience = 0;
    if (MHD_get_timeout(server->daemon, &patience) != MHD_YES)
        return -1;
    return patience > INT_MAX ? INT_MAX : (int)patience;
}

int cvip_server_add(struct cvip_server *server, int fd, const struct sockaddr *address, socklen_t length,
                    uint64_t connection, struct cvip_exchange **exchange) {
    struct cvip_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return -ENOMEM;
    stream->number = connection;
    stream->calls = &server->calls;
    server->adding = stream;
    *exchange = (struct cvip_exchange *)stream;
    // It closes the descriptor where it fails, and has told of the end if it had told of the beginning.
    if (MHD_add_connection(server->daemon, fd, address, length) == MHD_YES)
        return 0;
    const int problem = errno;
    free(server->adding);
    server->adding = NULL;
    return problem == 0 ? -ENOMEM : -problem;
}

void cvip_server_run(struct cvip_server *server) {
    (void)MHD_run(server->daemon);
}
