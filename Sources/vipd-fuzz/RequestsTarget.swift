// Bytes of a client to the real control server, over a real socket: whatever the pieces in which they arrive, each line
// is answered as it would be alone, up to the first that is refused, and then the client is gone.
import VIPControl

extension Target {
    static let requests = Target(
        name: "requests", summary: "a client's bytes to the control server", longestInput: 9000
    ) { input in
        // The first byte says how large the pieces are; there are few, since each costs turns of the loop.
        guard let first = input.first else { return }
        let text = input.dropFirst()
        let heard = ControlWorld.shared.converse(text, pieces: max(1 + Int(first) * Int(first), text.count / 32))
        let expected = Self.expectedAnswers(to: text)
        demand(heard == expected, "heard \(heard)\nwhere \(expected) was expected")
    }

    /// What the protocol promises, line by line, without a server.
    private static func expectedAnswers(to text: ArraySlice<UInt8>) -> String {
        let bound = ControlServer.Limits().requestBytes
        var answers = ""
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last newline is a line only if there is anything.
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            do throws(ControlError) {
                guard line.count < bound else {
                    throw ControlError(.tooLong, "a request may have \(bound) bytes, newline included")
                }
                answers += ControlWorld.answer(try ControlRequest(parsing: line)).line
            } catch {
                return answers + ControlResponse.failure(error).line
            }
        }
        return answers
    }
}
