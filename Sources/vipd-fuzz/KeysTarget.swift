// A file as a key: refused with words that give nothing of it away, or a key that knows its own seals and no others.
import Glibc
import VIPElection
import VIPLinux
import VIPWire

extension Target {
    static let keys = Target(name: "keys", summary: "a key file, and frames under its seal", longestInput: 4200) {
        octets in
        do throws(KeyFileError) {
            judge(try KeyWorld.shared.read(octets), change: octets)
        } catch {
            demand(!error.description.contains("\n"), "an error of more than a line")
            // The path is fuzzing's own; a line of digits out of the file would be the secret.
            demand(!error.description.contains { $0 == "\0" }, "an error with a NUL")
        }
    }

    private static func judge(_ key: FrameKey, change octets: [UInt8]) {
        let keyring = FrameKeyring(signing: key)
        let address = ElectionWorld.addresses[0]
        let mac = ElectionWorld.ownIdentity.mac
        let trailer = Trailer(
            kind: .announcement, flags: .eligible, group: 1, configuration: 1, priority: 100, node: 2, epoch: 1,
            sequence: 1, term: 1, intervalMicroseconds: 100_000, subject: 0, acknowledgedSequence: 0, echoedNode: 0,
            echoedSequence: 0, address: IPv4Address(192, 168, 1, 2), name: "n2")
        let frame = Frame(
            destination: Frame.multicast, source: mac, packet: .announcement(of: address, from: mac), trailer: trailer)
        var sealed = frame.serialized(signedBy: key)
        demand((try? Frame(sealed, verifier: keyring)) == frame, "a key refuses its own seal")
        let place = octets.reduce(0) { ($0 * 31 + Int($1)) % sealed.count }
        sealed[place] ^= 1
        demand((try? Frame(sealed, verifier: keyring))?.trailer == nil, "octet \(place) may be changed under a seal")
    }
}

/// A file of this process' own, to be read as a key.
// Sendable because it is only reached from the one thread on which vipd-fuzz does everything.
final class KeyWorld: @unchecked Sendable {
    static let shared = KeyWorld()

    private let path: String
    private let descriptor: Int32

    private init() {
        let place = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array((place + "/vipd-fuzz-key-XXXXXX").utf8CString)
        descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else { fail("cannot make a file in \(place)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        atexit { _ = unsafe unlink(KeyWorld.shared.path) }
    }

    /// What `contents` are as a key file.
    func read(_ contents: [UInt8]) throws(KeyFileError) -> FrameKey {
        let isWritten =
            unsafe ftruncate(descriptor, 0) == 0
            && pwrite(descriptor, contents, contents.count, 0) == contents.count
        demand(isWritten, "cannot write \(path)")
        return try KeyFile.read(path)
    }

    func key(of text: String) throws(KeyFileError) -> FrameKey { try read(Array(text.utf8)) }
}
