// What names this machine: machine-id(5) and the host name. Making a node's id of them is not done here.

internal import Glibc

/// What names this machine.
public enum MachineIdentity {
    /// The 32 hexadecimal digits of /etc/machine-id; nil where there are none (yet). Cloned machines may share them.
    public static func readMachineID() -> String? { machineID(in: readFile("/etc/machine-id") ?? "") }

    /// The host name, as gethostname(2) gives it; never empty.
    public static func hostname() -> String {
        // HOST_NAME_MAX is 64 on Linux; the C library ends the name with NUL where it fits.
        var buffer = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = text(upToNUL: buffer)
        return name.isEmpty ? "localhost" : name
    }

    /// The directory that this process's program is in, without a slash at its end; nil where /proc does not say.
    public static func executableDirectory() -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        // The last byte stays the NUL that it is.
        guard unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else { return nil }
        let path = text(upToNUL: buffer)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    static func machineID(in text: String) -> String? {
        let line = text.prefix { $0 != "\n" }
        guard line.utf8.count == 32, line.allSatisfy({ $0.isHexDigit && $0.isASCII }) else { return nil }
        return String(line)
    }
}
