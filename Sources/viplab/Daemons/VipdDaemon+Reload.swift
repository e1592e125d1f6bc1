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

    /// Writes a machine's file anew so that it signs with the first of these keys and knows them all.
    func rewriteConfiguration(of machine: Machine, signing keys: [String]) throws {
        guard let configuration else { throw LabError("\(machine.name) has no file to change") }
        let groups = configuration.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "groups:" }
        try (Self.signing(keys) + groups.joined(separator: "\n")).write(
            toFile: Self.configurationFile(of: machine), atomically: true, encoding: .utf8)
    }

    /// The lines of a file that have vipd sign with the first of these keys and accept them all; none for none.
    static func signing(_ keys: [String]) -> String {
        guard let first = keys.first else { return "" }
        return "keyFile: \(first)\naccept: [\(keys.dropFirst().joined(separator: ", "))]\n"
    }
}
