// One packet between the daemon and the checker: a JSON object with one key, which says what it is. Deliberately not
// here: what the keys mean (CheckerRequest.swift, CheckerReport.swift), and sockets.
import VIPJSON

/// What the packets are, for both ends.
public enum CheckerProtocol {
    /// Grows with each change that one end must know of the other. The checker tells it in its first packet.
    public static let version = 1
    /// Bytes of the longest packet.
    public static let longestPacket = 65_536
}

/// Why a packet was not sent, or was not taken.
public enum CheckerPacketError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(bytes: Int)
    /// No JSON, or a value of the wrong kind.
    case malformed(String)
    /// A kind of packet that is not known here.
    case unknown(String)
    /// It asks for what is not allowed.
    case refused(String)

    public var description: String {
        switch self {
        case .tooLong(let bytes): "a packet of \(bytes) bytes is longer than \(CheckerProtocol.longestPacket)"
        case .malformed(let problem): "a packet is malformed: \(problem)"
        case .unknown(let kind): "a packet asks for \"\(kind)\", which is not known here"
        case .refused(let problem): "a packet is refused: \(problem)"
        }
    }
}

/// Writes `{kind: value}`.
func packet(_ kind: String, _ value: JSONValue) throws(CheckerPacketError) -> [UInt8] {
    let bytes = Array(JSONValue.object([kind: value]).text().utf8)
    if bytes.count > CheckerProtocol.longestPacket { throw .tooLong(bytes: bytes.count) }
    return bytes
}

/// Reads `{kind: value}`: the kind, and the value for `decode`. What `decode` cannot read is malformed, what it has an
/// objection to is refused.
func openPacket(_ packet: some Collection<UInt8>) throws(CheckerPacketError) -> (kind: String, value: JSONValue) {
    if packet.count > CheckerProtocol.longestPacket { throw .tooLong(bytes: packet.count) }
    do throws(JSONError) {
        let fields = try JSONFields(JSONValue(parsing: packet), at: "")
        guard let kind = fields.keys.first, fields.keys.count == 1 else {
            throw JSONError(path: "", problem: "expected one key, not \(fields.keys.count)")
        }
        return (kind, fields[kind])
    } catch {
        throw .malformed(ServiceText.harmless(error.description))
    }
}

extension CheckerPacketError {
    init(_ error: JSONError) { self = .malformed(ServiceText.harmless(error.description)) }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension JSONFields {
    /// Whole milliseconds, at most an hour and a day's worth beyond any bound, so that arithmetic with it is safe.
    func duration(_ key: String) throws(JSONError) -> Duration {
        .milliseconds(min(max(try integer(key), -1), 100_000_000))
    }
}
