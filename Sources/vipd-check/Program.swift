// vipd-check from its first line to its last: arguments, giving up rights, finding the daemon, the loop.
// Deliberately not here: the work (Checker.swift).
import CVIPCheck
import Glibc
import VIPHealth

enum Program {
    private static let usage = """
        usage: vipd-check --fd NUMBER     serve the daemon at the other end of that socket, until it closes it
               vipd-check                 serve those who connect to the socket that systemd passes

        Runs vipd's checks and hooks without any privilege. vipd starts it; there is no need to do so by hand.

        """

    /// Memory of the process, in bytes: many times what 64 checks with the longest answers take.
    private static let memory = 256 << 20

    /// Runs to the end and returns the exit code: 0, 1 for a failure, 2 for wrong usage.
    static func run(_ arguments: [String]) -> Int32 {
        let descriptor: Int32
        switch arguments.count {
        case 1 where arguments[0] == "--help" || arguments[0] == "-h":
            write(usage, to: STDOUT_FILENO)
            return 0
        case 0:
            let passed = cvip_service_socket()
            guard passed >= 0 else {
                let problem =
                    passed == 0 &- ENOENT
                    ? "systemd passed no socket" : "cannot take the socket of systemd: \(ErrorText.of(passed))"
                return fail("\(problem); let vipd start this program, or `systemctl start vipd-check.socket`")
            }
            descriptor = passed
        case 2 where arguments[0] == "--fd":
            guard let number = Int32(arguments[1]), number > STDERR_FILENO else {
                return misused(
                    "--fd takes the number of a descriptor above 2, not '\(ServiceText.harmless(arguments[1]))'")
            }
            descriptor = number
        default:
            return misused("unknown arguments")
        }
        return serve(descriptor)
    }

    private static func serve(_ descriptor: Int32) -> Int32 {
        let kind = cvip_door_take(descriptor)
        guard kind >= 0 else {
            return fail("descriptor \(descriptor) is no Unix socket that keeps packets apart: \(ErrorText.of(kind))")
        }
        let process: ConfinedProcess
        do throws(ConfinementError) {
            process = try ConfinedProcess(memory: memory)
        } catch {
            return fail(error.description)
        }
        let isListener = kind == Int32(CVIP_DOOR_LISTENER.rawValue)
        guard let checker = Checker(process: process, descriptor: descriptor, isListener: isListener) else {
            return fail("cannot prepare the event loop and libcurl: out of descriptors or memory")
        }
        return checker.run()
    }

    private static func misused(_ problem: String) -> Int32 {
        write("vipd-check: \(problem)\n\(usage)", to: STDERR_FILENO)
        return 2
    }

    private static func fail(_ problem: String) -> Int32 {
        write("vipd-check: \(problem)\n", to: STDERR_FILENO)
        return 1
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
    }
}
