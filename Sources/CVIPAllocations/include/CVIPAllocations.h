// Counts the allocations of a program that it is preloaded into (LD_PRELOAD, ld.so(8)): malloc(3) and its kin, as the
// C library and the Swift runtime call them. The file that $VIPLAB_ALLOCATIONS names, which must be there, holds the
// count while the program runs, with those of the programs that it starts; without it nothing is counted.
#ifndef CVIPALLOCATIONS_H
#define CVIPALLOCATIONS_H

#include <stdint.h>

/// What stands at the beginning of the file.
struct viplab_allocations {
    uint64_t count;
    uint64_t bytes;
};

#endif
