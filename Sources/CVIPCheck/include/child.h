// Child processes: started in a session of their own, ended with all that they started.
#ifndef CVIPCHECK_CHILD_H
#define CVIPCHECK_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cvip_limits;

/// What a child is to be. Pointers need to be valid during the call only.
struct cvip_child_options {
    char *const *arguments;      // argv, ended by NULL; the first is the path that is run
    char *const *environment;    // envp, ended by NULL: all of its environment
    const void *input;           // what it reads from its standard input; NULL: /dev/null
    size_t input_length;
    const struct cvip_limits *limits;  // what cvip_privilege_bound found, for the child to have again
};

/// A child that was started. Both descriptors are the caller's.
struct cvip_child {
    pid_t pid;        // of the child, of its process group and of its session
    int32_t output;   // read end of its standard output and error
    int32_t failure;  // cvip_child_failure reads it when the child has ended
};

/// Starts a child: its own session, working directory /, no signal blocked or ignored, no other descriptors, killed when
/// the caller's thread ends. Call it from the thread that stays until the end.
///
/// Returns 0, or -errno where not even a process could be made. That its program cannot be run is told when it has ended.
int cvip_child_start(const struct cvip_child_options *options, struct cvip_child *child);

/// The errno for which an ended child could not run its program; 0: it did.
int cvip_child_failure(int failure);

/// Kills the child and all of its process group. Only for a child that cvip_child_reap has not told of.
void cvip_child_kill(pid_t pid);

/// How a child ended.
struct cvip_child_end {
    pid_t pid;
    int32_t exit_code;  // -1: killed by a signal
    int32_t signal;
};

/// Has orphans of children become children of this process, and returns a descriptor that is readable when a child has
/// ended. The signals that it blocks are SIGCHLD and SIGTERM; SIGINT, SIGHUP and SIGPIPE are ignored from then on. Call it
/// before there is another thread. Returns -errno where it fails.
int cvip_child_watch(void);

/// Empties the descriptor of cvip_child_watch. Returns 1 if SIGTERM has come, else 0.
int cvip_child_heard(int watch);

/// Reaps one child that has ended, and kills what is left of its process group. Returns 1 with *end filled, or 0 where
/// there is none.
int cvip_child_reap(struct cvip_child_end *end);

/// Whether this process has a child, ended or not. Returns 1 or 0.
int cvip_child_any(void);

/// Kills the children of this process which are not among kept and whose session is none of theirs: what children left
/// behind. They are to be reaped as others. Without /proc, or CONFIG_PROC_CHILDREN, it does nothing.
void cvip_child_sweep(const pid_t *kept, size_t count);

#endif
