// Reading what is not of a link: rights, users and units, the checker, the platform, the clocks, the daemon's status.
// Deliberately not here: what it means (VIPDoctor).

import VIPControl
import VIPDoctor
import VIPLinux

enum ReadMachine {
    static func rights(daemon: RightsFacts.Daemon) -> RightsFacts {
        let effective = (try? Capabilities.effective()) ?? []
        let unit = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map { "\($0)/systemd/system/vipd.service" }
            .first(where: SystemFile.exists)
        return RightsFacts(
            isRoot: UserAccount.isRoot, hasNetworkAdministration: effective.contains(.networkAdministration),
            hasRawNetwork: effective.contains(.rawNetwork), hasAccount: UserAccount(named: "vipd") != nil,
            unitPath: unit, hasSystemd: SystemFile.exists("/run/systemd/system"), daemon: daemon)
    }

    /// Where the daemon would find it, as it looks itself (CheckerConnection).
    static func checker() -> CheckerFacts {
        if SystemFile.exists("/run/systemd/system"), SystemFile.exists(CheckerConnection.socketPath) {
            return .socket(CheckerConnection.socketPath)
        }
        let places = CheckerConnection.programPlaces
        return places.first(where: SystemFile.isExecutable).map { .program($0) }
            ?? .missing([CheckerConnection.socketPath] + places)
    }

    static func platform() -> PlatformFacts {
        let dmi = "/sys/class/dmi/id"
        let flags = SystemFile.text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("flags") }
        return PlatformFacts(
            systemVendor: SystemFile.line("\(dmi)/sys_vendor"), productName: SystemFile.line("\(dmi)/product_name"),
            assetTag: SystemFile.line("\(dmi)/chassis_asset_tag"),
            hasHypervisor: flags?.split(separator: " ").contains("hypervisor") ?? false,
            container: container)
    }

    /// What systemd says it is contained by.
    private static var container: String? { SystemFile.line("/run/systemd/container") }

    static func clocks() -> ClockFacts {
        ClockFacts(
            source: SystemClock.source, isSynchronized: container == nil ? SystemClock.isSynchronized : nil,
            // systemd-timedated(8): what can keep the time puts its name there.
            hasTimeService: ["/etc", "/run", "/usr/local/lib", "/usr/lib"].contains {
                !SystemFile.names(in: "\($0)/systemd/ntp-units.d").isEmpty
            },
            suspendedSeconds: SystemClock.suspendedSeconds)
    }

    /// - Parameter gateways: those behind a link, by its name; a daemon has nobody else to ask but them and clients.
    static func servedGroups(_ status: StatusReport, gateways: (String) -> Bool) -> [ServedGroup] {
        status.groups.map { group in
            let isTakenOver =
                group.state.isHolding && group.lastTransition?.to == status.node.name
                && (group.interface.map(gateways) ?? false)
            return ServedGroup(
                name: group.name, conflicts: group.conflicts.map(\.description),
                isUnconfirmed: isTakenOver && group.lastTransition?.confirmedBy == nil
                    && isOld(group.lastTransition?.at),
                duplicates: group.counters.framesDropped.first { $0.name == "duplicateNode" }?.value ?? 0)
        }
    }

    /// Whether hosts had the time that the daemon gives them to answer, the last repeat at 3.3 s included.
    private static func isOld(_ moment: Timestamp?) -> Bool {
        guard let moment else { return false }
        return Timestamp.now().milliseconds - moment.milliseconds > 5000
    }
}
