// `viplab jitter`: how evenly a holder announces while the processors are busy, with and without realtime.
import CVIPLab
import Foundation

struct JitterBench {
    let vipd: String
    /// Of each, turn about.
    let runs: Int

    private static let interval = Duration.milliseconds(10)
    private static let length = Duration.seconds(5)

    func run() throws {
        var found: [Bool: [Double]] = [:]
        for number in 1...runs {
            for isRealtime in [false, true] {
                Console.progress("run \(number) of \(runs), \(isRealtime ? "with" : "without") realtime")
                found[isRealtime, default: []] += try measure(isRealtime: isRealtime)
            }
        }
        Console.progress("")
        for line in Self.lines(without: found[false] ?? [], with: found[true] ?? []) { Console.line(line) }
    }

    /// How far the times between announcements are from the interval, in microseconds, over one run.
    private func measure(isRealtime: Bool) throws -> [Double] {
        var daemon = VipdDaemon(binary: vipd, chosenInterval: Self.interval)
        daemon.configuration = "realtime: \(isRealtime)\n" + VipdDaemon.group("")
        return try Lab.with(LabOptions(nodes: 2, daemon: daemon)) { lab in
            for node in lab.nodes { try lab.powerOn(node) }
            let holder = try lab.settle()
            if isRealtime, try daemon.status(of: holder.machine)?.isScheduledInRealtime != true {
                throw LabError("vipd runs without SCHED_RR here: \(holder.machine.log) says why")
            }
            let ear = try AnnouncementEar(in: lab.network.client, of: holder.machine.address)
            // Two for each processor: whoever becomes ready finds somebody at work.
            for number in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                _ = try lab.spawnCompanion(
                    ["sh", "-c", "while :; do :; done"], in: lab.network.gateway, name: "busy-\(number)")
            }
            try Interrupt.sleep(.seconds(1))
            _ = try ear.times()
            try Interrupt.sleep(Self.length)
            let times = try ear.times()
            guard times.count > 2 else { throw LabError("\(holder.name) was hardly heard while processors were busy") }
            return zip(times.dropFirst(), times).map { abs(Double($0 - $1 - Self.interval.inNanoseconds)) / 1000 }
        }
    }

    static func lines(without: [Double], with: [Double]) -> [String] {
        func row(_ name: String, _ deviations: [Double]) -> String {
            let cells = [0.5, 0.99, 1].map { "\(Int(quantile($0, of: deviations).rounded()))" }
            return "| \(name) | \(deviations.count) | \(cells.joined(separator: " | ")) |"
        }
        let ratios = [0.5, 0.99, 1].map { share in
            let (whole, part) = (quantile(share, of: without), quantile(share, of: with))
            return whole > 0 ? rounded(part / whole, to: 3) : "-"
        }
        return [
            "Between two announcements at 10 ms, two busy processes a processor: off the interval by, in µs", "",
            "| | announcements | median | 99 % | most |", "| --- | ---: | ---: | ---: | ---: |",
            row("without realtime", without), row("realtime", with),
            "| ratio | | \(ratios.joined(separator: " | ")) |",
        ]
    }

    /// The value that this share of all values does not exceed; 0 of none.
    private static func quantile(_ share: Double, of values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
}

/// Hears when a machine announces to the other nodes, by the kernel's clock.
private final class AnnouncementEar {
    private let socket: Int32
    private let sender: [UInt8]

    init(in namespace: Namespace, of address: String) throws {
        sender = Wiretap.mac(of: address)
        socket = try namespace.open(VIPLAB_PACKETS)
        try unsafe check(viplab_hear_arp(socket, Plan.interface), "cannot listen on \(namespace.name)")
        try check(viplab_stamp_frames(socket), "cannot have frames stamped on \(namespace.name)")
    }

    deinit { close(socket) }

    /// Of all that have come since the last time, in nanoseconds.
    func times() throws -> [Int64] {
        var times: [Int64] = []
        var frame = [UInt8](repeating: 0, count: 2048)
        var time: Int64 = 0
        while true {
            let length = unsafe viplab_receive_stamped(socket, &frame, frame.count, &time)
            try check(length, "cannot listen")
            guard length > 0 else { return times }
            // With a trailer, and from the holder: its sign of life, once an interval.
            guard Int(length) > Wiretap.arpEnd + 4, Array(frame[6..<12]) == sender,
                Array(frame[Wiretap.arpEnd..<Wiretap.arpEnd + 4]) == Array("VIPD".utf8),
                Wiretap.isRequest(
                    frame, senderIP: Plan.octets(of: Plan.vip), targetIP: Plan.octets(of: Plan.vip))
            else { continue }
            times.append(time)
        }
    }
}
