// tcpdump in the client's namespace: what a user would see of vipd on the wire.
import Foundation
import Synchronization

/// Runs tcpdump and keeps its lines about the VIP.
final class Sniffer: Sendable {
    private struct State: Sendable {
        var lines: [String] = []
        var isListening = false
    }

    private let state = Mutex(State())

    /// The command, as documented for users.
    static let command = ["tcpdump", "-lnni", Plan.interface, "--immediate-mode", "arp and host \(Plan.vip)"]

    /// Starts tcpdump in the client's namespace and waits until it listens; nil where it is not installed.
    static func start(in lab: Lab) throws -> Sniffer? {
        guard Tool.find("tcpdump") != nil else { return nil }
        let pipe = try LinePipe()
        _ = try lab.spawnCompanion(
            command, in: lab.network.client, name: "tcpdump", output: .descriptor(pipe.writer),
            errors: .descriptor(pipe.writer))
        pipe.closeWriter()
        let sniffer = Sniffer(reading: pipe)
        guard try Interrupt.wait(upTo: .seconds(5), for: { sniffer.state.withLock(\.isListening) }) else {
            throw LabError("tcpdump did not start: \(sniffer.lines.joined(separator: "; "))")
        }
        return sniffer
    }

    private init(reading pipe: sending LinePipe) {
        LinePipe.follow(pipe) { [self] lines in
            state.withLock { state in
                for line in lines ?? [] {
                    if line.hasPrefix("listening on") { state.isListening = true }
                    state.lines.append(line)
                }
            }
        }
    }

    /// Everything tcpdump has said.
    var lines: [String] { state.withLock(\.lines) }

    /// The announcements in the form tcpdump gives them: "Request who-has VIP … tell VIP".
    var announcements: [String] {
        lines.filter { $0.contains("Request who-has \(Plan.vip)") && $0.contains("tell \(Plan.vip)") }
    }
}
