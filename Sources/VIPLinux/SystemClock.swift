// What the kernel says of this machine's clocks. Deliberately not here: telling the time.

internal import CVIPLinux

/// The state of the clocks.
public enum SystemClock {
    /// Whether something keeps the civil time right; nil where the kernel does not say.
    public static var isSynchronized: Bool? {
        let answer = cvip_civil_clock_is_synchronized()
        return answer < 0 ? nil : answer == 1
    }

    /// Whole seconds for which the machine was suspended since it booted.
    public static var suspendedSeconds: Int64 { max(0, cvip_suspended()) / 1_000_000_000 }

    /// What the kernel counts time with, as `tsc`; nil where it does not say.
    public static var source: String? {
        SystemFile.line("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    }
}
