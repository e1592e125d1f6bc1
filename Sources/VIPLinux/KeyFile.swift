// Files that hold a key: a line of 64 hexadecimal digits, comments around it. Reading them, and who else may; making
// new ones. Deliberately not here: what a key does (FrameKeys). No message says anything of a file's contents.

internal import CVIPLinux
internal import Glibc
public import VIPWire

/// What is wrong with a key file, and the way out, in one line.
public struct KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ path: String, _ problem: String) { description = "key file \(path.printable) \(problem)" }

    fileprivate init(_ path: String, cannot operation: String, _ errno: Int32, advice: String) {
        self.init(path, "cannot be \(operation): \(SystemError.text(of: errno)); \(advice)")
    }
}

/// A file with the secret of a ``FrameKey``.
public enum KeyFile {
    /// The largest file that is read: comments may be long, but not a disk.
    private static let mostOctets = 4096
    private static let digitCount = 2 * FrameKey.secretLength

    /// The key in the file at `path`.
    ///
    /// Refuses what is no regular file, and a file that others could have read: its mode must give others nothing, and
    /// its group nothing but reading, unless the group is root's or this process's, and it must have no access control
    /// list (acl(5)). Does not wait: a FIFO is refused.
    public static func read(_ path: String) throws(KeyFileError) -> FrameKey {
        try read(path, guardingMode: true)
    }

    /// The id of the key in the file at `path`, whoever else may read that file.
    public static func keyID(of path: String) throws(KeyFileError) -> KeyID {
        try read(path, guardingMode: false).keyID
    }

    private static func read(_ path: String, guardingMode: Bool) throws(KeyFileError) -> FrameKey {
        // O_NONBLOCK: opening a FIFO would wait for a writer. O_NOCTTY: a terminal must not become ours.
        let opened = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard opened >= 0 else { throw failure(path, "opened", errno) }
        let descriptor = OwnedDescriptor(opened)
        var facts = stat()
        guard unsafe fstat(descriptor.number, &facts) == 0 else { throw failure(path, "examined", errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let kind = facts.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            throw KeyFileError(path, "is \(kind); name the file that 'vipd key --write' made")
        }
        if guardingMode {
            try checkAccess(path, facts)
            // The mode tells nothing of those that a list lets in.
            guard cvip_has_access_list(descriptor.number) == 0 else {
                throw KeyFileError(path, "has an access control list: setfacl -b \(path.printable)")
            }
        }
        var contents = try contents(of: descriptor.number, path)
        defer { wipe(&contents) }
        var secret = try secret(in: contents, path)
        defer { wipe(&secret) }
        do throws(SystemError) {
            return try FrameKey(secret: secret)
        } catch {
            throw KeyFileError(path, "cannot be used: \(error)")
        }
    }

    private static func failure(_ path: String, _ operation: String, _ errno: Int32) -> KeyFileError {
        let advice =
            switch errno {
            case ENOENT, ENOTDIR: "make it with 'vipd key --write \(path.printable)', the same on all nodes"
            // A daemon that root started is another user's by now, and stays it when it reads the file anew.
            case EACCES, EPERM:
                "the daemon reads it as the user vipd: chown root:vipd \(path.printable) && "
                    + "chmod 0640 \(path.printable)"
            default: "check the path and the disk"
            }
        return KeyFileError(path, cannot: operation, errno, advice: advice)
    }

    /// Refuses a file that somebody else could have read or changed.
    private static func checkAccess(_ path: String, _ facts: stat) throws(KeyFileError) {
        let name = path.printable
        guard facts.st_mode & 0o007 == 0 else {
            throw KeyFileError(path, "may be used by everyone (mode \(octal(facts.st_mode))): chmod o= \(name)")
        }
        guard facts.st_mode & 0o030 == 0 else {
            throw KeyFileError(path, "may be changed by its group (mode \(octal(facts.st_mode))): chmod g-wx \(name)")
        }
        guard facts.st_uid == 0 || facts.st_uid == geteuid() else {
            throw KeyFileError(path, "belongs to the user with number \(facts.st_uid): chown root \(name)")
        }
        guard facts.st_mode & 0o040 == 0 || isOwnGroup(facts.st_gid) else {
            throw KeyFileError(
                path, "may be read by the group with number \(facts.st_gid), which is not vipd's: chmod g= \(name)")
        }
    }

    /// Whether a group's members are none but root and the daemon.
    private static func isOwnGroup(_ group: gid_t) -> Bool {
        if group == 0 || group == getegid() { return true }
        guard let entry = unsafe getgrnam("vipd") else { return false }
        return unsafe entry.pointee.gr_gid == group
    }

    private static func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private static func contents(of descriptor: Int32, _ path: String) throws(KeyFileError) -> [UInt8] {
        // One octet more than is allowed tells a file that is too long. Read in place, so that there is one copy to wipe.
        var bytes = [UInt8](repeating: 0, count: mostOctets + 1)
        var count = 0
        while count < bytes.count {
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                return unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw failure(path, "read", errno) }
            if result == 0 { break }
            count += result
        }
        guard count <= mostOctets else {
            wipe(&bytes)
            throw KeyFileError(path, "is larger than \(mostOctets) octets; name the file that 'vipd key --write' made")
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The secret in a file's contents.
    private static func secret(in contents: [UInt8], _ path: String) throws(KeyFileError) -> [UInt8] {
        let wayOut = "make one with 'vipd key --write FILE'"
        let lines = contents.split(separator: UInt8(ascii: "\n")).filter { line in
            line.first != UInt8(ascii: "#") && !line.allSatisfy(isSpace)
        }
        guard let line = lines.first else { throw KeyFileError(path, "has no key in it; \(wayOut)") }
        guard lines.count == 1 else {
            throw KeyFileError(
                path, "has \(lines.count) lines that are no comments; a key is one line of \(digitCount) digits")
        }
        // A part of the contents, which the caller wipes.
        let digits = line.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        // With room from the start: an array that grows leaves copies behind.
        var values: [UInt8] = []
        values.reserveCapacity(digits.count)
        defer { wipe(&values) }
        for digit in digits { if let value = value(ofDigit: digit) { values.append(value) } }
        guard values.count == digits.count else {
            throw KeyFileError(path, "has something else than hexadecimal digits in its line; \(wayOut)")
        }
        guard values.count == digitCount else {
            let wrong = values.count < digitCount ? "too short" : "too long"
            throw KeyFileError(path, "is \(wrong): \(values.count) digits, not \(digitCount); \(wayOut)")
        }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") || octet == UInt8(ascii: "\r")
    }

    private static func value(ofDigit octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func wipe(_ bytes: inout [UInt8]) {
        let count = bytes.count
        unsafe bytes.withUnsafeMutableBufferPointer { unsafe cvip_wipe($0.baseAddress, count) }
    }
}

// Making keys.
extension KeyFile {
    /// The text of a new key file: 32 random octets.
    public static func newText() throws(SystemError) -> String {
        var secret = [UInt8](repeating: 0, count: FrameKey.secretLength)
        defer { wipe(&secret) }
        let result = unsafe cvip_random(&secret, secret.count)
        guard result == 0 else { throw SystemError(operation: "draw random numbers", errno: result) }
        let digits = secret.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
        return """
            # A key of vipd. Whoever has it can speak for the nodes: keep it secret, and the same on all of them.
            \(digits)

            """
    }

    /// Writes a new key to a file that is not there yet. Its owner alone may read it; where root makes it and there is a
    /// user `vipd`, so may that user's group.
    /// - Returns: the new key's id.
    public static func create(_ path: String) throws(KeyFileError) -> KeyID {
        let text: String
        do throws(SystemError) {
            text = try newText()
        } catch {
            throw KeyFileError(path, "was not made: \(error)")
        }
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            let advice =
                errno == EEXIST
                ? "nothing was overwritten: name another file, or remove it" : "check the path and the disk"
            throw KeyFileError(path, cannot: "made", errno, advice: advice)
        }
        let descriptor = OwnedDescriptor(opened)
        do throws(KeyFileError) {
            try write(text, to: descriptor.number, path)
        } catch {
            // Half a key is none.
            _ = unsafe unlink(path)
            throw error
        }
        return try keyID(of: path)
    }

    private static func write(_ text: String, to descriptor: Int32, _ path: String) throws(KeyFileError) {
        let advice = "check the disk"
        // The umask may have taken away more than was asked for.
        guard fchmod(descriptor, 0o600) == 0 else { throw KeyFileError(path, cannot: "made", errno, advice: advice) }
        let bytes = Array(text.utf8)
        // So few octets go to a file at once or not at all.
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw KeyFileError(path, cannot: "written", errno, advice: advice)
        }
        guard UserAccount.isRoot, let user = UserAccount(named: "vipd") else { return }
        guard fchown(descriptor, 0, user.group) == 0, fchmod(descriptor, 0o640) == 0 else {
            throw KeyFileError(path, cannot: "given to the group vipd", errno, advice: advice)
        }
    }
}

extension String {
    /// The text with what could steer a terminal or break a line made visible.
    fileprivate var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
