// A network namespace of nobody's, to try in what should touch no link of this machine: network_namespaces(7).
#ifndef CVIP_SCRATCH_H
#define CVIP_SCRATCH_H

/// Puts the calling thread into a new network namespace, which has a loopback interface (index 1, down) and nothing else,
/// and goes with the last socket made in it. Returns a descriptor of the namespace before, to be given to
/// cvip_scratch_leave; or -errno, the thread being where it was: -EPERM without CAP_SYS_ADMIN.
int cvip_scratch_enter(void);

/// Takes the calling thread back, and closes the descriptor. Returns 0 or -errno, the thread then still being in the
/// other namespace.
int cvip_scratch_leave(int before);

#endif
