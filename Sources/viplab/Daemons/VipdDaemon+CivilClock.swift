// A vipd whose civil time can be set without the machine's: by a library that is preloaded into it and its children.
import Foundation

extension VipdDaemon {
    private static func clockFile(of machine: Machine) -> String { "\(machine.file).clock" }

    /// What has the daemon's civil time be settable. A clock that was set before stays as it is.
    static func clockEnvironment(on machine: Machine) throws -> [String: String] {
        let library = try library("civil-clock")
        let file = clockFile(of: machine)
        if !FileManager.default.fileExists(atPath: file) { try setClock(of: machine, aheadSeconds: 0) }
        return ["LD_PRELOAD": library, "VIPLAB_CIVIL_CLOCK": file]
    }

    /// Sets the civil time of a machine's daemon and of what that has started, at once: seconds ahead of the lab's.
    static func setClock(of machine: Machine, aheadSeconds: Int64) throws {
        let file = clockFile(of: machine)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LabError("cannot open \(file)", code: errno) }
        defer { close(descriptor) }
        // struct viplab_civil_clock of CVIPCivilClock, in the place of what is mapped.
        var ahead = aheadSeconds
        guard unsafe pwrite(descriptor, &ahead, MemoryLayout<Int64>.size, 0) == MemoryLayout<Int64>.size else {
            throw LabError("cannot write \(file)", code: errno)
        }
    }
}
