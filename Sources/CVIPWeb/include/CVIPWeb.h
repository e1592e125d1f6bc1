// The whole of the web server's shim: one include a topic. Conventions that hold in each of them: a function returns a
// descriptor, a count or 0, and -errno where it fails; every descriptor is close-on-exec and non-blocking; there is no
// global state, no logging and no policy. All of it belongs to one thread.
#ifndef CVIPWEB_H
#define CVIPWEB_H

#include "exchange.h"
#include "listener.h"
#include "server.h"

#endif
