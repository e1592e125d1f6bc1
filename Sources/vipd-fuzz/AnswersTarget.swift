// A line that claims to be the daemon's answer, as the command line tool reads it: read or refused, and what was read
// is written and read again as the same.
import VIPControl

extension Target {
    static let answers = Target(
        name: "answers", summary: "an answer on the control socket, as the command reads it", longestInput: 8192
    ) { line in
        guard let answer = try? ControlResponse(parsing: line) else { return }
        let written = answer.line
        demand(written.utf8.last == UInt8(ascii: "\n"), "an answer without an end: \(written)")
        demand(written.utf8.count { $0 == UInt8(ascii: "\n") } == 1, "more than one line: \(written)")
        do {
            let again = try ControlResponse(parsing: Array(written.utf8.dropLast()))
            demand(again == answer, "written and read again, \(answer) becomes \(again)")
        } catch {
            fail("what was read is refused once it is written: \(error), \(written)")
        }
    }
}
