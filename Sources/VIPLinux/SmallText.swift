// Small texts: those the kernel and the distribution keep in files, and those C functions leave in arrays.

internal import Glibc

/// The first 4096 bytes of a file as text, or nil where it cannot be read.
func readFile(_ path: String) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    let descriptor = OwnedDescriptor(file)
    return unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        let length = unsafe read(descriptor.number, buffer.baseAddress, buffer.count)
        guard length >= 0 else { return nil }
        return unsafe String(decoding: buffer[..<length], as: UTF8.self)
    }
}

/// The text in an array of C characters, up to its NUL.
func text(upToNUL characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
