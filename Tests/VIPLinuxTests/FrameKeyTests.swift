// Key files and seals: which files are refused and how, the tag of docs/PROTOCOL.md, and frames that were mangled.

import Glibc
import Testing
import VIPWire

@testable import VIPLinux

/// A directory of a test's own, gone with it.
private final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/vipd-keys-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in ["key", "other", "fifo"] { unlink(path + "/" + name) }
        rmdir(path + "/directory")
        rmdir(path)
    }

    func write(_ octets: [UInt8], mode: mode_t = 0o600, name: String = "key") throws -> String {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0 && Glibc.write(descriptor, octets, octets.count) == octets.count)
        try #require(fchmod(descriptor, mode) == 0 && close(descriptor) == 0)
        return file
    }

    func write(_ text: String, mode: mode_t = 0o600) throws -> String { try write(Array(text.utf8), mode: mode) }
}

/// What the digits of a secret look like, so that no message may have them.
private let digits = (0..<32).map { String(UInt8($0) >> 4, radix: 16) + String(UInt8($0) & 15, radix: 16) }.joined()

private func problem(of path: String) -> String? {
    do throws(KeyFileError) {
        _ = try KeyFile.read(path)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct KeyFileTests {
    @Test(
        "a key is one line of 64 digits, with comments and empty lines around it",
        arguments: [digits, "# mine\n\n" + digits + "\n", "  " + digits.uppercased() + "\r\n# yours\n"])
    func forms(text: String) throws {
        let scratch = try Scratch()
        #expect(try KeyFile.read(scratch.write(text)).keyID == KeyID(rawValue: 0x2120_3334))
    }

    @Test(
        "what is no key is refused in one line, without a word of what is in the file",
        arguments: [
            ("", "has no key in it; make one with 'vipd key --write FILE'"),
            ("# nothing\n\n", "has no key in it; make one with 'vipd key --write FILE'"),
            (String(digits.dropLast(2)), "is too short: 62 digits, not 64; make one with 'vipd key --write FILE'"),
            (digits + "00", "is too long: 66 digits, not 64; make one with 'vipd key --write FILE'"),
            (
                String(digits.dropLast()) + "g",
                "has something else than hexadecimal digits in its line; make one with 'vipd key --write FILE'"
            ),
            (
                digits + "\n" + digits,
                "has 2 lines that are no comments; a key is one line of 64 digits"
            ),
        ])
    func refused(text: String, expected: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(text)
        let message = try #require(problem(of: path))
        #expect(message == "key file \(path) \(expected)")
        #expect(!message.contains(digits.prefix(16)))
    }

    @Test("binary garbage, a huge file, a directory and a FIFO are refused, and none of them is waited for")
    func garbage() throws {
        let scratch = try Scratch()
        let binary = try scratch.write((0..<64).map { UInt8($0) &* 7 | 0x80 })
        #expect(problem(of: binary)?.contains("something else than hexadecimal digits") == true)
        let huge = try scratch.write([UInt8](repeating: 0x61, count: 1 << 20))
        #expect(problem(of: huge)?.contains("is larger than 4096 octets") == true)
        let directory = scratch.path + "/directory"
        try #require(mkdir(directory, 0o700) == 0)
        #expect(problem(of: directory)?.contains("is a directory") == true)
        let fifo = scratch.path + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        #expect(problem(of: fifo)?.contains("is not a regular file") == true)
    }

    @Test("a key file that is missing is refused with the command that makes one")
    func missing() {
        #expect(
            problem(of: "/nowhere/key")
                == "key file /nowhere/key cannot be opened: No such file or directory; make it with "
                + "'vipd key --write /nowhere/key', the same on all nodes")
    }

    @Test(
        "a file that everyone may use, or its group may change, is refused with the chmod that mends it",
        arguments: [
            (0o604, "may be used by everyone (mode 0604): chmod o= "),
            (0o602, "may be used by everyone (mode 0602): chmod o= "),
            (0o644, "may be used by everyone (mode 0644): chmod o= "),
            (0o660, "may be changed by its group (mode 0660): chmod g-wx "),
        ])
    func modes(mode: mode_t, expected: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(digits, mode: mode)
        #expect(problem(of: path) == "key file \(path) \(expected)\(path)")
    }

    @Test("a group may read the file only if it is root's or the daemon's", .enabled(if: geteuid() == 0))
    func groups() throws {
        let scratch = try Scratch()
        let path = try scratch.write(digits, mode: 0o640)
        #expect(problem(of: path) == nil)
        try #require(chown(path, 0, 12_345) == 0 && chmod(path, 0o640) == 0)
        #expect(
            problem(of: path)
                == "key file \(path) may be read by the group with number 12345, which is not vipd's: chmod g= \(path)")
        try #require(chmod(path, 0o600) == 0)
        #expect(problem(of: path) == nil)
        try #require(chown(path, 12_345, 0) == 0)
        #expect(problem(of: path) == "key file \(path) belongs to the user with number 12345: chown root \(path)")
    }

    @Test("a file whose access control list lets another user read it is refused")
    func accessList() throws {
        let scratch = try Scratch()
        let path = try scratch.write(digits, mode: 0o640)
        // As the kernel stores it: a version, then tag, permissions and number of the owner, the user 65534, the group, the
        // mask, and all others.
        let entries: [(tag: UInt16, permissions: UInt16, id: UInt32)] = [
            (1, 6, .max), (2, 4, 65_534), (4, 0, .max), (16, 4, .max), (32, 0, .max),
        ]
        var list: [UInt8] = [2, 0, 0, 0]
        for entry in entries {
            for value in [entry.tag, entry.permissions] { list += withUnsafeBytes(of: value.littleEndian, Array.init) }
            list += withUnsafeBytes(of: entry.id.littleEndian, Array.init)
        }
        typealias SetAttribute =
            @convention(c) (
                UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32
            ) -> Int32
        let symbol = try #require(dlsym(nil, "setxattr"))
        let setAttribute = unsafeBitCast(symbol, to: SetAttribute.self)
        guard setAttribute(path, "system.posix_acl_access", list, list.count, 0) == 0 else {
            // A file system without such lists lets nobody in by one.
            #expect(errno == EOPNOTSUPP)
            return
        }
        #expect(problem(of: path) == "key file \(path) has an access control list: setfacl -b \(path)")
    }

    @Test("a new key is random, its file private, and no file that is there is overwritten")
    func creation() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/key"
        let id = try KeyFile.create(path)
        #expect(try KeyFile.read(path).keyID == id)
        var facts = stat()
        try #require(stat(path, &facts) == 0)
        #expect(facts.st_mode & 0o137 == 0)
        #expect(throws: KeyFileError.self) { try KeyFile.create(path) }
        #expect(try KeyFile.keyID(of: path) == id)
        #expect(try KeyFile.create(scratch.path + "/other") != id)
        #expect(try KeyFile.newText() != KeyFile.newText())
    }
}

@Suite struct FrameKeyTests {
    private let key: FrameKey
    private let other: FrameKey

    init() throws {
        key = try FrameKey(secret: (0..<32).map { UInt8($0) })
        other = try FrameKey(secret: (1...32).map { UInt8($0) })
    }

    /// The announcement of docs/PROTOCOL.md.
    private static let announcement: Frame = {
        let (vip, mac) = (IPv4Address(192, 168, 1, 210), MACAddress(bits: 0x5254_0012_34D4))
        return Frame(
            destination: Frame.multicast, source: mac, packet: .announcement(of: vip, from: mac),
            trailer: Trailer(
                kind: .announcement, flags: .eligible, group: Digest.group(name: "default", addresses: [vip]),
                configuration: 0x0102_0304_0506_0708, priority: 100, node: 0x7B79_4292_F376_3541, epoch: 2,
                sequence: 65_536, term: 17, intervalMicroseconds: 100_000, address: IPv4Address(192, 168, 1, 212),
                name: "k8s-controller2"))
    }()

    private func refusal(_ octets: [UInt8], _ keyring: FrameKeyring) -> FrameRefusal? {
        do {
            _ = try Frame(parsing: octets.span.bytes, verifiedBy: keyring)
            return nil
        } catch {
            return error
        }
    }

    @Test("the tag of HMAC-SHA256 is that of RFC 4231, test case 4")
    func standard() throws {
        let key = try FrameKey(secret: (1...25).map { UInt8($0) })
        let expected: [UInt8] = [
            0x82, 0x55, 0x8A, 0x38, 0x9A, 0x44, 0x3C, 0x0E, 0xA4, 0xCC, 0x81, 0x98, 0x99, 0xF2, 0x08, 0x3A,
        ]
        #expect(key.tag(over: [UInt8](repeating: 0xCD, count: 50)) == expected)
    }

    @Test("the announcement of docs/PROTOCOL.md has the seal that stands there")
    func documented() {
        let octets = Self.announcement.serialized(signedBy: key)
        let seal: [UInt8] = [
            0x21, 0x20, 0x33, 0x34, 0xEE, 0x8D, 0xFE, 0x79, 0xC9, 0xE2, 0xB1, 0xC1, 0xEC, 0xDD, 0xA4, 0xC8, 0xF9, 0x86,
            0xF0, 0xAF,
        ]
        #expect(octets.count == 177 && octets.suffix(20).elementsEqual(seal))
        #expect(refusal(octets, FrameKeyring(signing: key)) == nil)
    }

    @Test("a node accepts its own key and those it is told to, and no other")
    func keyrings() {
        let octets = Self.announcement.serialized(signedBy: key)
        #expect(refusal(octets, FrameKeyring(signing: other)) == .unknownKey)
        #expect(refusal(octets, FrameKeyring(signing: other, accepted: [key])) == nil)
        #expect(refusal(octets, FrameKeyring(signing: other, acceptsUnsigned: true)) == .unknownKey)
        #expect(refusal(Self.announcement.serialized(), FrameKeyring(signing: key)) == .unsigned)
        #expect(refusal(Self.announcement.serialized(), FrameKeyring(signing: key, acceptsUnsigned: true)) == nil)
    }

    @Test("keys are rolled without a frame being refused: accept the new, sign with it, drop the old")
    func rolling() {
        let stages = [
            FrameKeyring(signing: key), FrameKeyring(signing: key, accepted: [other]),
            FrameKeyring(signing: other, accepted: [key]), FrameKeyring(signing: other),
        ]
        // While one stage is reached, nodes are in it or in the one before.
        for (before, after) in zip(stages, stages.dropFirst()) {
            #expect(refusal(Self.announcement.serialized(signedBy: before.signing), after) == nil)
            #expect(refusal(Self.announcement.serialized(signedBy: after.signing), before) == nil)
        }
    }

    @Test("another's frame under this key's id has a bad tag")
    func forgedKeyID() {
        var octets = Self.announcement.serialized(signedBy: other)
        octets.replaceSubrange(157..<161, with: [0x21, 0x20, 0x33, 0x34])
        #expect(refusal(octets, FrameKeyring(signing: key)) == .badTag)
    }

    @Test("of 200,000 mangled frames none is believed", arguments: 0..<4 as Range<UInt64>)
    func mangled(part: UInt64) {
        var state = part &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw() -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(truncatingIfNeeded: state >> 16)
        }
        let genuine = Self.announcement.serialized(signedBy: key)
        let keyring = FrameKeyring(signing: key)
        var reasons: Set<FrameRefusal> = []
        for _ in 0..<50_000 {
            var octets = genuine
            for _ in 0...draw() % 4 { octets[draw() % octets.count] ^= UInt8(1 << (draw() % 8)) }
            if draw() % 8 == 0 { octets.removeLast(draw() % 40) }
            do {
                let frame = try Frame(parsing: octets.span.bytes, verifiedBy: keyring)
                // A frame whose bits were flipped back, or that lost its magic and is bare ARP.
                if frame.trailer != nil && octets != genuine { Issue.record("believed: \(octets)") }
            } catch {
                reasons.insert(error)
            }
        }
        #expect(reasons.isSuperset(of: [.badTag, .unknownKey, .trailerLengthWrong, .badName, .trailerTruncated]))
    }
}
