// A name that one process of a network namespace can hold: an abstract Unix socket, unix(7).
#ifndef CVIP_LOCK_H
#define CVIP_LOCK_H

#include <stdint.h>

/// Takes the name, up to 107 bytes. Returns a descriptor of the caller's, which holds it until closed; or -errno:
/// -EADDRINUSE where another holds it, -ENAMETOOLONG.
int cvip_lock_open(const char *name);

/// The user (uid) whose socket holds the name, by unix_diag (sock_diag(7)); -ENOENT where none does, or -errno. Needs no
/// capability, and Linux 5.3.
int64_t cvip_lock_owner(const char *name);

#endif
