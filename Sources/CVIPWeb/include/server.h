// The HTTP server, through libmicrohttpd, without a thread and without a listening socket: connections are handed to
// it, and it works when it is told to. The only door to libmicrohttpd, with exchange.h.
#ifndef CVIPWEB_SERVER_H
#define CVIPWEB_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct cvip_server;
struct cvip_exchange;

/// A request whose head is there. Strings are valid during the call only.
struct cvip_request {
    const char *method;
    const char *path;      // without its query, percent-decoded
    int32_t has_body;      // 1: it announces one
};

/// What is told, from within cvip_server_add and cvip_server_run. connection is the number given to cvip_server_add.
struct cvip_server_calls {
    void *context;
    /// A request is there, to be answered at once (exchange.h), or the exchange to be suspended: after it was resumed
    /// the same request comes again. Returns 0, or -1 to end the connection.
    int (*request)(void *context, uint64_t connection, struct cvip_exchange *exchange, const struct cvip_request *);
    /// A request was answered, or given up.
    void (*completed)(void *context, uint64_t connection);
    /// The connection is at its end; its descriptor is closed after this.
    void (*closed)(void *context, uint64_t connection);
    /// The next bytes of a stream: up to capacity; 0: none now, and the exchange is suspended; -1: the stream is over.
    ptrdiff_t (*read)(void *context, uint64_t connection, char *buffer, size_t capacity);
};

/// Makes a server for that many connections, with memory bytes for the head of a request and of its answer each.
/// Returns 0 with *server the caller's, until the end of the process; or -ENOMEM.
int cvip_server_open(uint32_t connections, size_t memory, const struct cvip_server_calls *calls,
                     struct cvip_server **server);

/// Readable while there is something to be done by cvip_server_run.
int cvip_server_descriptor(struct cvip_server *server);

/// For how many milliseconds cvip_server_run need not be called if the descriptor is not readable; -1 for ever.
int cvip_server_patience_ms(struct cvip_server *server);

/// Takes over a connection, whose fd the server closes. Returns 0 with *exchange valid until the connection was told to
/// be closed, which may be before this returns; or -errno.
int cvip_server_add(struct cvip_server *server, int fd, const struct sockaddr *address, socklen_t length,
                    uint64_t connection, struct cvip_exchange **exchange);

/// Does what can be done without waiting.
void cvip_server_run(struct cvip_server *server);

#endif
