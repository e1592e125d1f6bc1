// Giving up what a process of vipd's does not need that is not the daemon, before it reads its first request:
// credentials(7), capabilities(7), prctl(2), getrlimit(2). There is no global state, no logging and no policy.
#ifndef CVIPPRIVILEGE_H
#define CVIPPRIVILEGE_H

#include <stddef.h>
#include <sys/resource.h>

enum { CVIP_USER_SIZE = 64 };

/// Gives up everything: as root the process becomes the user vipd, or nobody where there is none; every set of
/// capabilities becomes empty, the bounding set where that is allowed; and no program it runs can gain any (no_new_privs).
/// user becomes the name of the user that it runs as, or its number.
///
/// Call it while there is one thread. Returns 0 or -errno; the process must not go on after a failure.
int cvip_privilege_drop(char user[CVIP_USER_SIZE]);

/// Limits as they were.
struct cvip_limits {
    struct rlimit data;
};

/// Bounds the memory of the process to bytes, and forbids core dumps for it and its children. before is for children to
/// have their own again. Under a sanitizer, which needs more, memory is not bounded. Returns 0 or -errno.
int cvip_privilege_bound(size_t bytes, struct cvip_limits *before);

/// In a child: takes the bound of the memory back. Returns 0, or -1 with errno set.
int cvip_privilege_unbound(const struct cvip_limits *before);

#endif
