// From the text of one value to the value, the same for files and flags, with the wording of every refusal.
// Deliberately not here: where the text stood (the caller puts key or flag in front), and the syntax of durations
// (DurationText).

internal import VIPHealth
internal import VIPWire

/// Why a value was refused: a phrase that reads on from the key's or flag's name.
struct ValueError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

/// The rule for one kind of name.
struct NameRule {
    let what: String
    let length: ClosedRange<Int>
    let charset: String
    let allows: @Sendable (UInt8) -> Bool
    let example: String

    static let group = NameRule(
        what: "a group's name", length: Limits.groupNameLength, charset: "of A-Z a-z 0-9 . _ -",
        allows: isHostnameLike, example: "api")
    static let node = NameRule(
        what: "a node's name", length: Limits.nodeNameLength, charset: "of A-Z a-z 0-9 . _ -",
        allows: isHostnameLike, example: "k8s-controller1")
    static let check = NameRule(
        what: "a check's name", length: CheckLimits.nameLength, charset: "of A-Z a-z 0-9 . _ -",
        allows: isHostnameLike, example: "apiserver")
    /// As the kernel has it (dev_valid_name): whatever is no slash, colon or space, and printable ASCII for us.
    static let interface = NameRule(
        what: "an interface's name", length: Limits.interfaceNameLength, charset: "without space, slash or colon",
        allows: { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") },
        example: "eth0")

    /// "1 to 32 characters of …".
    var range: String { "\(rangeText(length.lowerBound, length.upperBound)) characters \(charset)" }

    /// `text`, if it follows the rule.
    func check(_ text: String) throws(ValueError) -> String {
        // `.` and `..` would be directories wherever a name becomes part of a path, as interfaces' names do in sysfs.
        guard length.contains(text.utf8.count), text.utf8.allSatisfy(allows), text != ".", text != ".." else {
            throw ValueError("\(text.quoted) is not \(what); write \(range), like \(example)")
        }
        return text
    }

    @Sendable private static func isHostnameLike(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The rule for virtual IPs.
enum AddressRule {
    static let range = "unicast IPv4, at most \(Limits.addressesInGroup) in a group"

    /// The address that `text` names, if a machine can have it on a link.
    static func check(_ text: String) throws(ValueError) -> IPv4Address {
        let wayOut = "write four numbers from 0 to 255, like 192.168.1.210"
        if let slash = text.firstIndex(of: "/"), let bare = IPv4Address(text[..<slash]) {
            throw ValueError("\(text.quoted) has a prefix length; write \(bare) alone, vipd adds it as /32")
        }
        if text.contains(":") {
            throw ValueError("\(text.quoted) is not an IPv4 address, and vipd knows no other kind; \(wayOut)")
        }
        guard let address = IPv4Address(text) else {
            throw ValueError("\(text.quoted) is not an IPv4 address; \(wayOut)")
        }
        guard address.isUnicast else {
            let kind =
                switch address.bits >> 24 {
                case 0: "in 0.0.0.0/8, which means \"this network\""
                case 127: "a loopback address"
                case 224..<240: "a multicast address"
                default: "in the reserved range 240.0.0.0/4"
                }
            throw ValueError("\(text.quoted) is \(kind); write an unused address of the machines' subnet")
        }
        return address
    }
}

/// The rules for settings that are numbers and durations.
enum SettingRule {
    static func priority(_ text: String) throws(ValueError) -> UInt8 {
        try wholeNumber(text, in: Limits.priority)
    }

    static func members(_ text: String) throws(ValueError) -> Int {
        try wholeNumber(text, in: Limits.members)
    }

    static func pace(_ text: String) throws(ValueError) -> Int { try wholeNumber(text, in: Limits.pace) }

    static func wholeNumber<Value: FixedWidthInteger>(
        _ text: String, in allowed: ClosedRange<Value>
    ) throws(ValueError) -> Value {
        let range = rangeText(allowed.lowerBound, allowed.upperBound)
        let isNumber =
            !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (text == "0" || text.utf8.first != UInt8(ascii: "0"))
        guard isNumber else {
            throw ValueError("\(text.quoted) is not a whole number; write one from \(range)")
        }
        guard let value = Value(text), allowed.contains(value) else {
            throw ValueError("\(text.quoted) is out of range; write a whole number from \(range)")
        }
        return value
    }

    static func preemptDelay(_ text: String) throws(ValueError) -> Duration {
        try duration(text, in: Limits.preemptDelay)
    }

    static func interval(_ text: String) throws(ValueError) -> Duration {
        try duration(text, in: Limits.interval)
    }

    static func holdDown(_ text: String) throws(ValueError) -> Duration {
        try duration(text, in: Limits.holdDown)
    }

    static func duration(_ text: String, in allowed: ClosedRange<Duration>) throws(ValueError) -> Duration {
        let value = try DurationText.parse(text)
        guard allowed.contains(value) else {
            throw ValueError("\(text.quoted) is out of range; write \(DurationText.format(allowed))")
        }
        return value
    }

    /// The bound below depends on the interval, which is not known before flags have been read.
    static func suspectAfter(_ text: String) throws(ValueError) -> Duration {
        let value = try DurationText.parse(text)
        guard value <= Limits.longestSuspectAfter else {
            let longest = DurationText.format(Limits.longestSuspectAfter)
            throw ValueError("\(text.quoted) is out of range; write 1.5 intervals to \(longest)")
        }
        return value
    }

    static func leaseSeconds(_ text: String) throws(ValueError) -> Int {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw ValueError("\(text.quoted) has no unit; write \(text)s for seconds")
        }
        let value = try DurationText.parse(text)
        let range = rangeText("\(Limits.leaseSeconds.lowerBound)s", "\(Limits.leaseSeconds.upperBound)s")
        guard value.components.attoseconds == 0 else {
            throw ValueError(
                "\(text.quoted) is not a whole number of seconds, as the kernel counts; write \(range)")
        }
        guard Limits.leaseSeconds.contains(Int(value.components.seconds)) else {
            throw ValueError("\(text.quoted) is out of range; write whole seconds, \(range)")
        }
        return Int(value.components.seconds)
    }
}

/// The rules for the patterns of `deviceSelector`.
enum PatternRule {
    /// A pattern for names and bus paths.
    static func text(_ text: String) throws(ValueError) -> String {
        let length = Limits.selectorPatternLength
        guard length.contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ValueError(
                "\(text.quoted) is not a pattern; write \(rangeText(length.lowerBound, length.upperBound)) printable "
                    + "ASCII characters, * for anything")
        }
        return text
    }

    /// A pattern for hardware addresses: a whole one, or one with `*`.
    static func hardwareAddress(_ text: String) throws(ValueError) -> String {
        let hasStar = text.utf8.contains(UInt8(ascii: "*"))
        let mayMatch =
            hasStar
            ? text.utf8.count <= 64 && text.utf8.allSatisfy(isOfAddressPattern)
            : MACAddress(text) != nil
        guard mayMatch else {
            throw ValueError(
                "\(text.quoted) matches no hardware address; write one like 52:54:00:12:34:56, or a part like 52:54:00:*"
            )
        }
        return text
    }

    private static func isOfAddressPattern(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "*"):
            true
        default: false
        }
    }
}
