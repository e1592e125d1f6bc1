// A vipd whose allocations are counted, by a library that is preloaded into it.
import Foundation

extension VipdDaemon {
    static func allocationsFile(of machine: Machine) -> String { "\(machine.file).allocations" }

    /// What has the daemon count, in a file that it may write when it is root no more.
    static func countingEnvironment(on machine: Machine) throws -> [String: String] {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let library = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/libviplab-allocations.so"
        guard FileManager.default.fileExists(atPath: library) else {
            throw Skipped(reason: "there is no \(library): build all products")
        }
        let file = allocationsFile(of: machine)
        try Data().write(to: URL(fileURLWithPath: file))
        return ["LD_PRELOAD": library, "VIPLAB_ALLOCATIONS": file]
    }
}
