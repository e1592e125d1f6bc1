// Connecting to the sockets of other programs of this machine: unix(7). Private to the shim.
#ifndef CVIP_UNIX_SOCKET_H
#define CVIP_UNIX_SOCKET_H

/// Connects a socket of that type (SOCK_DGRAM, SOCK_SEQPACKET) to the one at `path`, or of the abstract name behind an @ of it,
/// without waiting. Returns a descriptor or -errno: -ENAMETOOLONG, or what socket(2) and connect(2) say.
int cvip_unix_connect(const char *path, int type);

#endif
