// Names and addresses of the lab's machines: the same in each run, as each run has namespaces of its own.

/// The plan of the little data centre: 192.168.1.0/24, as in the documentation.
enum Plan {
    static let vip = "192.168.1.210"
    static let port = Door.name.rawValue
    static let interface = "eth0"
    static let client = "192.168.1.50"
    static let gateway = "192.168.1.1"
    /// Of a client beside the first.
    static func client(_ number: Int) -> String { "192.168.1.\(50 + number)" }
    static let nodeCounts = 2...16
    /// Where addresses come from that float beside the VIP: the network is then 192.168.0.0/16.
    static let floatingRange = "192.168.16.0/20"
    /// Of an address that floats beside the VIP; `number` counts from 1 to 4095.
    static func floating(_ number: Int) -> String { "192.168.\(16 + number / 256).\(number % 256)" }

    /// `number` counts from 1: .211 is the first.
    static func address(ofNode number: Int) -> String { "192.168.1.\(210 + number)" }
    static func name(ofNode number: Int) -> String { "k8s-controller\(number)" }

    /// A locally administered MAC that spells the address, so that a capture can be read.
    static func mac(of address: String) -> String {
        let hex = octets(of: address).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "02:00:" + hex.joined(separator: ":")
    }

    /// The ip(8) lines that take from a machine what a daemon has left on it.
    static let forgetting = [vip, floatingRange].map { "address flush dev \(interface) to \($0)" }

    /// As the kernel's messages and frames have it, in network byte order.
    static func networkOrder(_ address: String) -> UInt32 {
        octets(of: address).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }.bigEndian
    }

    static func octets(of address: String) -> [UInt8] { address.split(separator: ".").compactMap { UInt8($0) } }

    /// The number of the node that `text` means: "2", "controller2" and "k8s-controller2" are the same.
    static func number(ofNode text: String, among count: Int) -> Int? {
        let digits = ["k8s-controller", "controller"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
        return Int(digits ?? text[...]).flatMap { (1...count).contains($0) ? $0 : nil }
    }
}
