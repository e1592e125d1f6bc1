// Running commands of vipd in the test's own process, and files for them.

import Glibc
import Testing

@testable import vipd

/// What a command has left behind.
struct Ran {
    let code: Int32
    let output: String
    let errors: String
}

/// Runs vipd with `arguments`; what it prints may be of any length.
func run(_ arguments: String...) throws -> Ran { try run(arguments) }

/// The same; `input` is what standard input gives, at most what a pipe holds (64 KiB).
func run(_ arguments: [String], input: some Collection<UInt8> = []) throws -> Ran {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let bytes = Array(input)
    try #require(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    return try ran { output, errors in
        CommandLineTool(input: ends[0], output: output, errors: errors).run(arguments)
    }
}

/// What `body` writes and returns.
func ran(_ body: (_ output: Output, _ errors: Output) -> Int32) throws -> Ran {
    let streams = try (0..<2).map { _ in
        var template = Array("/tmp/vipd-ran-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        unlink(template)
        return descriptor
    }
    let code = body(Output(fd: streams[0]), Output(fd: streams[1]))
    let texts = streams.map { descriptor in
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
    return Ran(code: code, output: texts[0], errors: texts[1])
}

/// A directory of its own under /tmp, removed with the files that it was told of.
final class Files {
    let folder: String
    private var paths: [String] = []

    init() throws {
        var template = Array("/tmp/vipd-files-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The path of a file, which is removed at the end if it is there.
    func path(_ name: String) -> String {
        let path = "\(folder)/\(name)"
        paths.append(path)
        return path
    }

    /// Writes a file, and gives its path.
    func write(_ bytes: some Sequence<UInt8>, to name: String = "vipd.yaml") throws -> String {
        let path = path(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var rest = ArraySlice(Array(bytes))
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            try #require(count > 0)
            rest = rest.dropFirst(count)
        }
        return path
    }

    deinit {
        for path in paths { unlink(path) }
        rmdir(folder)
    }
}
