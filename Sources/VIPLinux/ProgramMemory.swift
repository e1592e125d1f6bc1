// What the program has of its own files in memory.

internal import CVIPLinux

/// Memory that only the start of a program needs.
public enum ProgramMemory {
    /// Lets go of instructions and constants, of which reading a configuration and relocating pointers use far more than
    /// holding an address does. What is used again comes back from the kernel's cache of files by itself, some
    /// microseconds for 64 KB. Locked memory stays.
    public static func release() { cvip_program_memory_release() }
}
