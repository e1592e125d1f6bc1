// A file as a key: refused with words that give nothing of it away, or a key that knows its own seals and no others.
import VIPElection
import VIPLinux
import VIPWire

extension Target {
    static let keys = Target(name: "keys", summary: "a key file, and frames under its seal", longestInput: 4200) {
        octets in
        do throws(KeyFileError) {
            judge(try KeyFile.read(ScratchFile.shared.filled(with: octets)), change: octets)
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
