// The calling thread's capabilities through libcap: capabilities(7). A process of one thread is meant: others, were
// there any, keep theirs.
#ifndef CVIP_CAPABILITY_H
#define CVIP_CAPABILITY_H

#include <stdint.h>

/// The capabilities vipd knows, as bits.
enum { CVIP_CAPABILITY_NET_ADMIN = 1, CVIP_CAPABILITY_NET_RAW = 2 };

/// Which of them are permitted and which in effect. Returns 0 or -errno.
int cvip_capability_get(uint32_t *permitted, uint32_t *effective);

/// Gives up every capability that is not in keep; of keep, those permitted stay permitted and in effect. The
/// inheritable and the ambient sets become empty, so that a child of an unprivileged user gets none. Nothing happens to
/// a process without any. Children of root regain theirs on execve. Returns 0 or -errno.
int cvip_capability_keep(uint32_t keep);

#endif
