// A channel of packets to another process of this machine, and the child that may be at its other end: unix(7),
// fork(2), pidfd_open(2).
#ifndef CVIP_CHANNEL_H
#define CVIP_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

/// Connects to the SOCK_SEQPACKET socket at `path`. Returns a descriptor; -ECONNREFUSED or -ENOENT where nobody listens,
/// -EAGAIN where the listener has its hands full.
int cvip_channel_connect(const char *path);

/// Starts the program at `path` with the arguments `--fd 3`, where it finds one end of a channel; its standard output
/// and error are the caller's. Of what the caller may in realtime it has nothing: it is scheduled as others are, and may
/// lock 8 MB of memory at most. Does not wait for the program to be loaded: where that fails, the other end finds the channel
/// closed. Returns the other end; -ENOENT or -EACCES where there is no such program. `pidfd` gets a descriptor of the
/// child, to be reaped through cvip_channel_reap() and then closed.
int cvip_channel_spawn(const char *path, int *pidfd);

/// Sends one packet without waiting. Returns 0; -EAGAIN where there is no room, -EPIPE where nobody is left to read.
int cvip_channel_send(int fd, const uint8_t *bytes, size_t length);

/// Receives one packet without waiting. Returns its length, which is more than `capacity` where it was cut; 0 at the end
/// of the channel, since nobody sends empty packets; -EAGAIN where nothing waits.
int cvip_channel_receive(int fd, uint8_t *bytes, size_t capacity);

/// Kills the child (SIGKILL). Returns 0, also where it has ended already.
int cvip_channel_kill(int pidfd);

/// Collects the child's end without waiting. Returns 1 once it has, 0 while the child runs.
int cvip_channel_reap(int pidfd);

#endif
