// A vipd whose allocations are counted, by a library that is preloaded into it.
import Foundation

extension VipdDaemon {
    static func allocationsFile(of machine: Machine) -> String { "\(machine.file).allocations" }

    /// What has the daemon count, in a file that it may write when it is root no more.
    static func countingEnvironment(on machine: Machine) throws -> [String: String] {
        let library = try library("allocations")
        let file = allocationsFile(of: machine)
        try Data().write(to: URL(fileURLWithPath: file))
        return ["LD_PRELOAD": library, "VIPLAB_ALLOCATIONS": file]
    }

    /// A library for daemons to preload, which is built beside this program.
    static func library(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/libviplab-\(name).so"
        guard FileManager.default.fileExists(atPath: path) else {
            throw Skipped(reason: "there is no \(path): build all products")
        }
        return path
    }
}
