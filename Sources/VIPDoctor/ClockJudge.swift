// The clocks: none of them has to agree with another node's, but a slow or unsteady one costs.

/// What was found of this machine's clocks.
public struct ClockFacts: Equatable, Sendable {
    /// What the kernel counts time with: `tsc`, `kvm-clock`, `hpet`; nil where it does not say.
    public var source: String?
    /// Whether something keeps the civil time right (the kernel's STA_UNSYNC); nil where it does not say, and in
    /// containers, whose host keeps it.
    public var isSynchronized: Bool?
    /// Something is installed that could (systemd-timesyncd, chrony), as systemd-timedated finds it.
    public var hasTimeService: Bool
    /// For how long the machine was suspended since it booted.
    public var suspendedSeconds: Int64

    public init(source: String?, isSynchronized: Bool?, hasTimeService: Bool, suspendedSeconds: Int64) {
        self.source = source
        self.isSynchronized = isSynchronized
        self.hasTimeService = hasTimeService
        self.suspendedSeconds = suspendedSeconds
    }
}

public enum ClockJudge {
    /// Read through the memory bus or worse: a microsecond and more a reading, and shared by all processors.
    private static let slow: Set<String> = ["hpet", "acpi_pm", "refined-jiffies", "jiffies", "pit"]

    public static func findings(_ facts: ClockFacts) -> [Finding] {
        var findings: [Finding] = []
        if let source = facts.source {
            if slow.contains(source) {
                findings.append(
                    Finding(
                        .note, .clockSource, "the kernel counts time with \(source)",
                        why:
                            "It found the processor's counter unsteady, as on some hypervisors. vipd works, but looks at "
                            + "the clock in every turn, which takes longer so; at intervals near 10 ms it shows.",
                        cure: ["cat /sys/devices/system/clocksource/clocksource0/available_clocksource"]))
            } else {
                findings.append(Finding(.ok, .clockSource, "the kernel counts time with \(source)"))
            }
        }
        if facts.isSynchronized == false {
            findings.append(
                Finding(
                    .note, .civilTime, "nothing keeps the civil time right",
                    why:
                        "The election does not mind. But the timelines of the nodes (vipd events, the journal) are hard to "
                        + "lay side by side.",
                    cure: [facts.hasTimeService ? "timedatectl set-ntp true" : "apt install systemd-timesyncd"]))
        } else if facts.isSynchronized == true {
            findings.append(Finding(.ok, .civilTime, "the civil time is kept right"))
        }
        if facts.suspendedSeconds > 0 {
            findings.append(
                Finding(
                    .note, .suspended, "the machine was suspended for \(facts.suspendedSeconds) s since it booted",
                    why:
                        "A holder that is suspended is replaced, and lets go when it wakes. A node of a cluster is better "
                        + "kept awake.",
                    cure: ["systemctl mask sleep.target suspend.target hibernate.target"]))
        }
        return findings
    }
}
