// What the shim keeps of a connection: a struct cvip_exchange is one of these.
#ifndef CVIPWEB_STREAM_H
#define CVIPWEB_STREAM_H

#include <stdint.h>

#include "server.h"

struct MHD_Connection;

struct cvip_stream {
    struct MHD_Connection *connection;
    uint64_t number;
    const struct cvip_server_calls *calls;
};

#endif
