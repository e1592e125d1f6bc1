// Packets between the daemon and its checker, which distrust each other: read or refused, what was read is written and
// read again as the same, and no text of a service's gets through with what could steer a terminal.
import VIPHealth

extension Target {
    static let checker = Target(
        name: "checker", summary: "packets between the daemon and the checker, both ways", longestInput: 8192
    ) { packet in
        takeReport(packet)
        takeRequest(packet)
    }

    private static func takeReport(_ packet: [UInt8]) {
        let report: CheckerReport
        do {
            report = try CheckerReport(packet: packet)
        } catch {
            return judge(error)
        }
        for text in report.texts {
            demand(ServiceText.harmless(text, length: ServiceText.lineLength) == text, "a harmful text: \(report)")
        }
        do {
            let again = try CheckerReport(packet: report.packet)
            demand(again == report, "written and read again, \(report) becomes \(again)")
        } catch {
            fail("what was read is refused once it is written: \(error), \(report)")
        }
    }

    private static func takeRequest(_ packet: [UInt8]) {
        let request: CheckerRequest
        do {
            request = try CheckerRequest(packet: packet)
        } catch {
            return judge(error)
        }
        do {
            let again = try CheckerRequest(packet: request.packet())
            demand(again == request, "written and read again, \(request) becomes \(again)")
        } catch {
            fail("what was read is refused once it is written: \(error), \(request)")
        }
    }

    private static func judge(_ error: CheckerPacketError) {
        let words = error.description
        demand(words.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "more than a line: \(words)")
    }
}

extension CheckerReport {
    /// What a service, a hook or the checker itself put into words.
    fileprivate var texts: [String] {
        switch self {
        case .ready: []
        case .result(_, _, let message): [message]
        case .output(_, _, _, let line): [line]
        case .ended(_, _, _, let outcome, _): [outcome]
        case .refused(let problem): [problem]
        }
    }
}
