// What a program has of its own files in memory.
#ifndef CVIP_PROGRAM_MEMORY_H
#define CVIP_PROGRAM_MEMORY_H

/// Lets go of the instructions and constants of the program and its libraries, of which a start needs far more than what
/// comes after it: the pages stay in the kernel's cache of files, and what is used again is mapped again from there, some
/// microseconds for 64 KB. Nothing that was written to is touched, nor memory that is locked.
void cvip_program_memory_release(void);

#endif
