// libFuzzer's entry for programs that have a main of their own (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a
// library"). No header of the toolchain declares it. tools/fuzz links the library; in any other build nothing calls it.
#ifndef CLIBFUZZER_SHIM_H
#define CLIBFUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

/// Runs until argv's limits are reached or an input brings the program down, and gives each input to run, which returns
/// 0. Returns the exit status.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *data, size_t size));

#endif
