// Packets that nobody meant: whatever they hold, reading ends in a value or a named error, and a value is within bounds.

import Testing
import VIPHealth

struct HostilePacketTests {
    /// Deterministic, so that a failure can be had again (SplitMix64).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let requests: [CheckerRequest] = [
        .check(id: 1, CheckSpecification(name: "apiserver", probe: .kubernetes(caFile: "/ca", certificateFile: "/c"))),
        .check(id: 2, CheckSpecification(name: "port", probe: .tcp(host: "localhost", port: 80))),
        .check(id: 3, CheckSpecification(name: "program", probe: .exec(["/bin/true", "x"]))),
        .cancel(id: 3),
        .hook(
            HookCall(
                id: 4, group: "api", event: .released, command: ["/up"], environment: [(name: "A", value: "b")],
                facts: "{}")),
        .post(WebhookCall(id: 5, group: "api", url: "https://example.org/", facts: "{}")),
    ]

    /// Pieces that mean something to the reader, put where they do not belong.
    private static let pieces = [
        "null", "-1", "0", "1e999", "9223372036854775807", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "true",
        "[[[[",
        "\"/\"", "\"http://\"", ",", "}", "\\", "\u{fffd}",
    ]

    private func mutated(_ packet: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var packet = packet
        for _ in 0..<Int.random(in: 1...3, using: &dice) {
            let place = Int.random(in: 0...packet.count, using: &dice)
            let end = min(packet.count, place + Int.random(in: 0...8, using: &dice))
            switch Int.random(in: 0...2, using: &dice) {
            case 0: packet.replaceSubrange(place..<end, with: [])
            case 1: packet.replaceSubrange(place..<end, with: [UInt8.random(in: 0...255, using: &dice)])
            default:
                packet.replaceSubrange(place..<end, with: Array((Self.pieces.randomElement(using: &dice) ?? "").utf8))
            }
        }
        return packet
    }

    @Test("a request that was tampered with is read within bounds, or refused")
    func tamperedRequests() throws {
        var dice = Dice(state: 1)
        var taken = 0
        for request in Self.requests {
            let packet = try request.packet()
            for _ in 0..<1000 {
                let bytes = mutated(packet, &dice)
                do throws(CheckerPacketError) {
                    let read = try CheckerRequest(packet: bytes)
                    taken += 1
                    switch read {
                    case .check(_, let specification): #expect(specification.objection == nil)
                    case .hook(let call): #expect(call.objection == nil)
                    case .post(let call): #expect(call.objection == nil)
                    case .cancel: break
                    }
                    #expect(try CheckerRequest(packet: read.packet()) == read)
                } catch {
                    #expect(error.description.utf8.count < 400)
                }
            }
        }
        // Some changes change a value only; were there none, this would test nothing but the JSON parser.
        #expect(taken > 100)
    }

    @Test("a report that was tampered with is read, or refused, and its texts are harmless")
    func tamperedReports() {
        let reports: [CheckerReport] = [
            .ready(version: 1), .result(id: 1, passed: false, message: "connection refused"),
            .output(id: 2, group: "api", event: .fault, line: "a line"),
            .ended(id: 2, group: "api", event: .fault, outcome: "exit code 1", failed: true), .refused(problem: "no"),
        ]
        var dice = Dice(state: 2)
        var taken = 0
        for report in reports {
            for _ in 0..<1000 {
                guard let read = try? CheckerReport(packet: mutated(report.packet, &dice)) else { continue }
                taken += 1
                switch read {
                case .result(_, _, let text), .ended(_, _, _, let text, _), .refused(let text):
                    #expect(text == ServiceText.harmless(text))
                case .output(_, _, _, let text): #expect(text.utf8.count <= ServiceText.lineLength)
                case .ready: break
                }
            }
        }
        #expect(taken > 100)
    }
}
