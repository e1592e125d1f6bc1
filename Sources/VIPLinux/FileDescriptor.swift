// A descriptor that is closed with its owner, and the byte vectors that go through descriptors.
// Deliberately not here: reading and writing; each socket's own file does that.

internal import Glibc

/// A descriptor of the kernel's, closed when its last owner lets go.
struct OwnedDescriptor: ~Copyable {
    let number: Int32

    /// Takes over an open descriptor.
    init(_ number: Int32) { self.number = number }

    deinit { _ = close(number) }
}

/// Gives `body` one iovec a chunk of bytes, in order, valid until it returns.
func withVectors<Result>(of chunks: [[UInt8]], _ body: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
    // Pointers into many arrays at once are not to be had; one copy of all is.
    let total = chunks.reduce(0) { $0 + $1.count }
    return unsafe withUnsafeTemporaryAllocation(byteCount: max(total, 1), alignment: 1) { bytes in
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(chunks.count, 1)) { vectors in
            var offset = 0
            for (index, chunk) in chunks.enumerated() {
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + chunk.count])
                unsafe place.copyBytes(from: chunk)
                unsafe vectors.initializeElement(
                    at: index, to: iovec(iov_base: place.baseAddress, iov_len: chunk.count))
                offset += chunk.count
            }
            return unsafe body(UnsafeBufferPointer(rebasing: vectors[..<chunks.count]))
        }
    }
}
