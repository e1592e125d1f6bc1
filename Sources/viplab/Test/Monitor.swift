// Scenarios: `vipd monitor` beside a cluster that signs its frames, and Wireshark's view of the same frames.
import Foundation

extension Scenario {
    static let monitoring: [Scenario] = [
        Scenario(
            name: "monitor", promise: "monitor tells and records a takeover, a forged frame and a stranger",
            body: monitor),
        Scenario(
            name: "dissector", promise: "Wireshark's dissector reads each field of each frame as vipd does",
            body: dissector),
    ]

    private static func monitor(_ stage: Stage) throws -> String {
        try signedLab(stage) { lab, holder, key in
            let recording = "\(lab.directory)/takeover.pcap"
            let monitor = try MonitorRun(on: lab, stage.vipd, key: key, recording: recording)
            try lab.inflict(.cut, on: holder)
            let successor = try lab.settle()
            let tap = try Wiretap(on: lab.network.client)
            let forged = try forge(on: tap)
            tap.send(
                Wiretap.arpRequest(
                    senderMAC: Wiretap.mac(of: Plan.client), senderIP: Plan.vip, targetIP: Plan.vip))
            // Longer than the holder takes to defend its address.
            try Interrupt.sleep(.milliseconds(500))
            let lines = try monitor.stop()
            func expectOne(_ complaint: String, _ isWanted: (MonitoredFrame) -> Bool) {
                stage.judge.expect(lines.contains(where: isWanted), "\(complaint), in \(lines.count) lines")
            }
            expectOne("the old holder does not announce") { $0.sender == holder.name && $0.kind == "announcement" }
            expectOne("no takeover is told") {
                $0.sender == successor.name
                    && $0.meaning.hasPrefix("takes over from \(holder.name): announces \(Plan.vip)")
            }
            expectOne("the forged frame is not told") { $0.tag == "badTag" && $0.refusal == "badTag" }
            expectOne("the stranger is not told") {
                $0.meaning == "a stranger claims \(Plan.vip): an address conflict"
            }
            let genuine = lines.filter { $0.trailer != nil && $0.tag == "ok" }
            let signed = lines.filter { $0.trailer != nil }
            stage.judge.expect(
                signed.count - genuine.count == forged, "\(signed.count - genuine.count) tags are bad, not \(forged)")
            let again = try explain(recording, stage.vipd, key: key)
            stage.judge.expect(again == lines, "the recording is explained otherwise: \(again.count) lines")
            return "\(lines.count) frames, \(signed.count) of them signed"
        }
    }

    private static func dissector(_ stage: Stage) throws -> String {
        guard Tool.find("tshark") != nil else { throw Skipped(reason: "tshark is not installed") }
        let script = try Dissector.script()
        return try signedLab(stage) { lab, holder, key in
            let recording = "\(lab.directory)/takeover.pcap"
            let monitor = try MonitorRun(on: lab, stage.vipd, key: key, recording: recording)
            try lab.inflict(.cut, on: holder)
            try lab.settle()
            _ = try monitor.stop()
            let genuine = try Wiretap(on: lab.network.client).listen(upTo: Bounds.patience, until: isVipd)
            guard let frame = genuine.last, isVipd(frame) else { throw LabError("no frame of vipd's is on the wire") }
            let mutants = Dissector.mutants(of: frame)
            let captures = try Dissector.Link.allCases.map { link in
                let path = "\(lab.directory)/mutants-\(link).pcap"
                try Dissector.write(mutants.map(link.record), link, to: path)
                return path
            }
            var (compared, broken) = (0, 0)
            for capture in [recording] + captures {
                let rows = try Dissector.read(capture, with: script)
                let frames = try explain(capture, stage.vipd, key: nil)
                let told = Dictionary(frames.map { ($0.time, $0) }) { first, _ in first }
                for (time, row) in rows {
                    let differences = told[time]?.differences(from: row) ?? ["vipd says nothing of it"]
                    stage.judge.expect(differences.isEmpty, "frame at \(time): \(differences.joined(separator: "; "))")
                    if row["vipd.refusal"] != "" { broken += 1 }
                }
                let missed = frames.filter { $0.trailer != nil && rows[$0.time] == nil }
                stage.judge.expect(missed.isEmpty, "the dissector passes over \(missed.count) frames")
                compared += rows.count
            }
            stage.judge.expect(broken > 100, "only \(broken) broken frames were compared")
            return "\(compared) frames compared, \(broken) of them broken, of Ethernet and of all interfaces"
        }
    }

    /// A lab whose nodes sign, that has a holder.
    private static func signedLab(
        _ stage: Stage, _ body: (Lab, _ holder: Node, _ key: String) throws -> String
    ) throws -> String {
        try stage.lab { lab in
            var daemon = stage.daemon
            let key = try daemon.makeKey("key", in: lab)
            daemon.keyFiles = [1: key, 2: key, 3: key]
            lab.change(to: daemon)
            let holder = try lab.boot()
            // The monitor is root's, to whom a file that another group may read is no key.
            let own = "\(key)-of-root"
            try Tool.need(["install", "-m", "0600", key, own])
            return try body(lab, holder, own)
        }
    }

    private static func isVipd(_ frame: [UInt8]) -> Bool {
        frame.count > Wiretap.arpEnd + 100 && Array(frame[42..<46]) == Array("VIPD".utf8)
    }

    /// Sends a frame that was heard again, with one bit of its node's id another. Returns how many were sent.
    private static func forge(on tap: Wiretap) throws -> Int {
        guard var frame = try tap.listen(upTo: Bounds.patience, until: isVipd).last, isVipd(frame) else { return 0 }
        frame[72] ^= 1
        return tap.send(frame) ? 1 : 0
    }

    private static func explain(_ capture: String, _ vipd: String, key: String?) throws -> [MonitoredFrame] {
        let keys = key.map { ["--key-file", $0] } ?? []
        return try Tool.need([vipd, "monitor", "--json", "--read", capture] + keys).split(separator: "\n")
            .map { try MonitoredFrame(json: String($0)) }
    }
}

/// `vipd monitor` on the client, recording.
private final class MonitorRun {
    private let process: ChildProcess
    private let file: String

    init(on lab: Lab, _ vipd: String, key: String, recording: String) throws {
        file = "\(lab.directory)/monitor.json"
        process = try lab.spawnCompanion(
            [
                vipd, "monitor", "--json", "--interface", Plan.interface, "--key-file", key, "--write", recording,
            ], in: lab.network.client, name: "monitor", output: .file(file), errors: .file("\(file).log"))
        guard try Interrupt.wait(upTo: Bounds.patience, for: { try !text().isEmpty }) else {
            throw LabError("vipd monitor tells nothing: \(try String(contentsOfFile: "\(file).log", encoding: .utf8))")
        }
    }

    private func text() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

    /// Stops it, and returns what it told.
    func stop() throws -> [MonitoredFrame] {
        process.signal(SIGTERM)
        guard try process.waitForExit(upTo: Bounds.patience) == .exited(0) else {
            throw LabError("vipd monitor ends with \(process.status?.description ?? "nothing") after SIGTERM")
        }
        return try text().split(separator: "\n").map { try MonitoredFrame(json: String($0)) }
    }
}

/// A line of `vipd monitor --json`, as far as the lab reads it.
private struct MonitoredFrame: Equatable {
    /// Seconds since 1970 with nine decimals, as tshark gives them.
    let time: String
    let sender: String
    let kind: String
    let meaning: String
    let tag: String
    let refusal: String?
    let keyID: String?
    /// Its fields by name, each as text; nil where there is no trailer, or none that can be read.
    let trailer: [String: String]?

    init(json: String) throws {
        let whole = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        guard let whole, let at = whole["at"] as? String, let sender = whole["sender"] as? String,
            let kind = whole["kind"] as? String, let meaning = whole["meaning"] as? String,
            let tag = whole["tag"] as? String,
            let second = ISO8601DateFormatter().date(from: at.prefix(19) + "Z")
        else { throw LabError("vipd monitor --json printed something else than its documented form: \(json)") }
        time = "\(Int(second.timeIntervalSince1970)).\(at.dropFirst(20).dropLast())"
        (self.sender, self.kind, self.meaning, self.tag) = (sender, kind, meaning, tag)
        refusal = whole["refusal"] as? String
        keyID = whole["keyId"] as? String
        trailer = (whole["trailer"] as? [String: Any])?.mapValues { "\($0)" }
    }

    /// What the dissector, whose fields are `row`, says otherwise.
    func differences(from row: [String: String]) -> [String] {
        var pairs = [("vipd.refusal", refusal ?? "")]
        if let trailer {
            pairs += Dissector.fields.map { ($0.dissected, $0.isHexadecimal, trailer[$0.told] ?? "nothing") }
                .map { name, isHexadecimal, value in (name, isHexadecimal ? "0x\(value)" : value) }
            pairs.append(("vipd.flags", Self.flags(trailer["flags"])))
            pairs.append(("vipd.key_id", keyID.map { "0x\($0)" } ?? ""))
        }
        return pairs.filter { row[$0.0] != $0.1 }.map { "\($0.0) is \(row[$0.0] ?? "missing"), not \($0.1)" }
    }

    private static func flags(_ text: String?) -> String {
        let digits = String(text.flatMap(Int.init) ?? 0, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
