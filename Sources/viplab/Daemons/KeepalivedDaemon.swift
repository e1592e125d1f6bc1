// keepalived (VRRP version 3), for comparison on the same wires with the same faults.
import Foundation

/// Debian's keepalived, with the least configuration that floats an address. `nopreempt` as vipd's default is: a machine
/// that comes back does not take the VIP.
struct KeepalivedDaemon: Daemon {
    let binary: String
    let interval: Duration
    let name = "keepalived"
    let canMove = false

    /// Three advertisements and the skew: then the machines agree.
    var settlingTime: Duration { interval * 4 + .milliseconds(300) }

    func launch(on machine: Machine) throws -> Launch {
        let path = "\(machine.file)-keepalived.conf"
        try configuration(of: machine).write(toFile: path, atomically: true, encoding: .utf8)
        // A killed keepalived leaves its pid files, and the next would take their pids for a running one.
        let pidFiles = ["\(machine.file)-keepalived.pid", "\(machine.file)-vrrp.pid"]
        for file in pidFiles { try? FileManager.default.removeItem(atPath: file) }
        return Launch(arguments: [binary, "-f", path, "-D", "-n", "-l", "-p", pidFiles[0], "-r", pidFiles[1]])
    }

    func isSettled(_ machines: [Machine], holder: Machine) throws -> Bool { true }

    private func configuration(of machine: Machine) -> String {
        """
        global_defs {
            router_id \(machine.name)
            vrrp_version 3
        }
        vrrp_instance vip {
            state BACKUP
            nopreempt
            interface \(Plan.interface)
            virtual_router_id 51
            priority \(101 - machine.number)
            advert_int \(rounded(interval.inSeconds, to: 2))
            virtual_ipaddress {
                \(Plan.vip)/32
            }
        }

        """
    }
}
