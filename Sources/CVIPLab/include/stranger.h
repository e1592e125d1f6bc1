// A client of a Unix socket that is not root, in a process that is.
#ifndef CVIPLAB_STRANGER_H
#define CVIPLAB_STRANGER_H

/// Connects to the stream socket at `path` as another user, as the other end sees it (unix(7), SO_PEERCRED): a descriptor
/// that does not block, or -errno; -EAGAIN where its queue of connections is full. The calling thread is root again after.
int viplab_connect_as(const char *path, unsigned user);

#endif
