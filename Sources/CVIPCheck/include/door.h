// Where the daemon comes in: one connection of Unix sockets that keep packets apart, unix(7).
#ifndef CVIPCHECK_DOOR_H
#define CVIPCHECK_DOOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What fd is.
enum cvip_door_kind { CVIP_DOOR_CONNECTION, CVIP_DOOR_LISTENER };

/// Makes fd, which was inherited, close-on-exec and non-blocking. Returns an enum cvip_door_kind, or -errno: -EPROTOTYPE
/// where it is no Unix socket that keeps packets apart.
int cvip_door_take(int fd);

/// The next connection to a listener, and the user at its other end. Returns a descriptor of the caller's, or -errno:
/// -EAGAIN where none waits.
int cvip_door_accept(int listener, uid_t *peer);

/// Receives one packet without waiting: its length, which is more than capacity where it was cut; 0 at the end of the
/// connection, and for an empty packet, which nobody sends; or -errno: -EAGAIN where none waits.
ssize_t cvip_door_receive(int fd, void *buffer, size_t capacity);

/// Sends one packet without waiting. Returns 0, or -errno: -EAGAIN where there is no room.
int cvip_door_send(int fd, const void *packet, size_t length);

#endif
