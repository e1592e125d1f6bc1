// What the choice of an interface goes by, filled from the kernel by the caller.
// Deliberately not here: reading the kernel, and choosing (LinkChoice+Resolve).

public import VIPWire

/// What is known about an interface, filled from the kernel by the caller.
public struct LinkFacts: Equatable, Sendable {
    /// An IPv4 address of the interface with its prefix length, 0 to 32.
    public struct Address: Equatable, Sendable, CustomStringConvertible {
        /// The address itself.
        public var address: IPv4Address
        /// How many of its leading bits name the subnet.
        public var prefixLength: Int

        /// Makes an address with its prefix length.
        public init(_ address: IPv4Address, prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }

        /// `192.168.1.211/24`.
        public var description: String { "\(address)/\(prefixLength)" }
    }

    /// The kernel's name for it: "eth0".
    public var name: String
    /// The kernel's number for it.
    public var index: Int
    /// Its hardware address now; zero for an interface that has none.
    public var mac: MACAddress
    /// The address its hardware was made with, if it has one (IFLA_PERM_ADDRESS).
    public var permanentMAC: MACAddress?
    /// Administratively up (IFF_UP).
    public var isUp: Bool
    /// Has a carrier (IFF_LOWER_UP).
    public var hasCarrier: Bool
    /// Speaks Ethernet (ARPHRD_ETHER).
    public var isEthernet: Bool
    /// Is the loopback (IFF_LOOPBACK).
    public var isLoopback: Bool
    /// The kernel's kind of a virtual interface ("veth", "bridge"…; IFLA_INFO_KIND); nil for hardware.
    public var kind: String?
    /// The kernel driver's name (ethtool -i), if there is one.
    public var driver: String?
    /// The place on the bus ("0000:03:00.0"; ethtool -i), if there is one.
    public var busPath: String?
    /// PCI vendor and device ("8086:1521"), if there are such.
    public var pciID: String?
    /// Its IPv4 addresses without those that vipd itself put there.
    public var addresses: [Address]

    /// Puts the facts together; what is left out is as on plain Ethernet hardware that is up and has no address.
    public init(
        name: String, index: Int, mac: MACAddress, permanentMAC: MACAddress? = nil, isUp: Bool = true,
        hasCarrier: Bool = true, isEthernet: Bool = true, isLoopback: Bool = false, kind: String? = nil,
        driver: String? = nil, busPath: String? = nil, pciID: String? = nil, addresses: [Address] = []
    ) {
        self.name = name
        self.index = index
        self.mac = mac
        self.permanentMAC = permanentMAC
        self.isUp = isUp
        self.hasCarrier = hasCarrier
        self.isEthernet = isEthernet
        self.isLoopback = isLoopback
        self.kind = kind
        self.driver = driver
        self.busPath = busPath
        self.pciID = pciID
        self.addresses = addresses
    }

    /// True if a virtual IP can float on it: Ethernet, and no loopback.
    public var canCarryVIP: Bool { isEthernet && !isLoopback }
    /// True for hardware: Ethernet that the kernel does not make itself.
    public var isPhysical: Bool { canCarryVIP && kind == nil }
}
