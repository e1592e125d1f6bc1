// Changing the file that a running daemon reads again on SIGHUP.
import Foundation

extension VipdDaemon {
    /// Writes a machine's file anew with one more key of the group; its next start has the lab's own again.
    func rewriteConfiguration(of machine: Machine, adding key: String) throws {
        guard let configuration else { throw LabError("\(machine.name) has no file to change") }
        // The group's keys are the last of the file, each in a line of its own, indented alike.
        try (configuration + "    \(key)\n").write(
            toFile: Self.configurationFile(of: machine), atomically: true, encoding: .utf8)
    }
}
