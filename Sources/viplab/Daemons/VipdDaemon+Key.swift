// Making a shared key as an administrator does, readable by whom the daemon runs as.
import Foundation

extension VipdDaemon {
    /// Makes a key file in the lab's directory: its path.
    func makeKey(_ name: String, in lab: Lab) throws -> String {
        let path = "\(lab.directory)/\(name)"
        try Tool.need([binary, "key", "--write", path])
        // Where there is no user of that name, vipd goes on as nobody.
        if unsafe getpwnam("vipd") == nil, let nobody = unsafe getpwnam("nobody") {
            guard unsafe chown(path, 0, nobody.pointee.pw_gid) == 0, unsafe chmod(path, 0o640) == 0 else {
                throw LabError("cannot give \(path) to nobody", code: errno)
            }
        }
        return path
    }
}
