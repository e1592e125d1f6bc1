// Finding an interface by its properties, with the words of Talos Linux.
// Deliberately not here: what to do about none or several (LinkChoice+Resolve).

internal import VIPWire

/// Properties that an interface must have. Those that are nil do not matter; all others must match.
///
/// In patterns `*` stands for any number of any characters. Hardware addresses and PCI ids match in either letter case.
public struct DeviceSelector: Equatable, Sendable, CustomStringConvertible {
    /// True for hardware only, false for virtual interfaces only.
    public var physical: Bool?
    /// A pattern for the hardware address.
    public var hardwareAddr: String?
    /// A pattern for the address the hardware was made with.
    public var permanentAddr: String?
    /// A pattern for the place on the bus.
    public var busPath: String?
    /// A pattern for PCI vendor and device.
    public var pciID: String?
    /// A pattern for the kernel driver's name.
    public var driver: String?

    /// Makes a selector of what is given.
    public init(
        physical: Bool? = nil, hardwareAddr: String? = nil, permanentAddr: String? = nil, busPath: String? = nil,
        pciID: String? = nil, driver: String? = nil
    ) {
        self.physical = physical
        self.hardwareAddr = hardwareAddr
        self.permanentAddr = permanentAddr
        self.busPath = busPath
        self.pciID = pciID
        self.driver = driver
    }

    /// True if `link` has every property that is asked for; one that it does not have at all matches no pattern.
    public func matches(_ link: LinkFacts) -> Bool {
        func match(_ pattern: String?, _ value: String?) -> Bool {
            guard let pattern else { return true }
            guard let value else { return false }
            return Glob.matches(value, pattern: pattern)
        }
        return (physical ?? link.isPhysical) == link.isPhysical
            && match(hardwareAddr?.lowercased(), link.mac.description)
            && match(permanentAddr?.lowercased(), link.permanentMAC?.description)
            && match(busPath, link.busPath)
            && match(pciID?.lowercased(), link.pciID?.lowercased())
            && match(driver, link.driver)
    }

    /// `{physical: true, driver: virtio*}`.
    public var description: String {
        let fields = [
            (SelectorKey.physical, physical.map { "\($0)" }), (.hardwareAddr, hardwareAddr),
            (.permanentAddr, permanentAddr), (.busPath, busPath), (.pciID, pciID), (.driver, driver),
        ]
        return "{"
            + fields.compactMap { key, value in value.map { "\(key.rawValue): \($0)" } }.joined(separator: ", ") + "}"
    }
}
