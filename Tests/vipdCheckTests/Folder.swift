// A temporary folder that every user may look into, since the checker gives up root's rights.

import Glibc
import Testing

final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/vipd-check-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o755)
    }

    deinit {
        for name in (try? Self.names(in: path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// Makes a file of `text` and returns its path.
    func file(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        fchmod(descriptor, mode)
        return file
    }

    static func names(in folder: String) throws -> [String] {
        let listing = try #require(opendir(folder))
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func text(of file: String) throws -> String {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A pipe with a name, by which a test notices that the last process that has it open for writing has ended.
final class LifeLine {
    let path: String
    private let descriptor: Int32

    init(in folder: Folder, _ name: String = "lifeline") throws {
        path = "\(folder.path)/\(name)"
        try #require(mkfifo(path, 0o600) == 0)
        chmod(path, 0o666)
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(descriptor >= 0)
    }

    deinit { close(descriptor) }

    /// What was written until the last writer ended, or until `marker` was; nil if neither comes about.
    func text(until marker: String? = nil) -> String? {
        var text: [UInt8] = []
        while true {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, patienceMs) == 1 else { return nil }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
            let sofar = String(decoding: text, as: UTF8.self)
            if let marker, sofar.contains(marker) { return sofar }
        }
    }
}
