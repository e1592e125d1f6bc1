// The calling thread's capabilities through libcap: capabilities(7). A process of one thread is meant: others, were
// there any, keep theirs.
#ifndef CVIP_CAPABILITY_H
#define CVIP_CAPABILITY_H

#include <stdint.h>
#include <sys/types.h>

/// The capabilities vipd knows, as bits.
enum { CVIP_CAPABILITY_NET_ADMIN = 1, CVIP_CAPABILITY_NET_RAW = 2 };

/// Which of them are permitted and which in effect. Returns 0 or -errno.
int cvip_capability_get(uint32_t *permitted, uint32_t *effective);

/// Gives up every capability that is not in keep; of keep, those permitted stay permitted and in effect. The
/// inheritable and the ambient sets become empty, so that a child of an unprivileged user gets none. Nothing happens to
/// a process without any. Children of root regain theirs on execve. Returns 0 or -errno.
int cvip_capability_keep(uint32_t keep);

/// As root: becomes that user and group, without supplementary groups, and keeps of its capabilities what
/// cvip_capability_keep() would. There is no way back. Returns 0; or -errno, after which the process may be half of each
/// and should end.
int cvip_capability_become(uid_t user, gid_t group, uint32_t keep);

/// From here on execve gives neither this process nor its children anything more (PR_SET_NO_NEW_PRIVS of prctl(2)).
/// Returns 0 or -errno.
int cvip_capability_renounce(void);

#endif
