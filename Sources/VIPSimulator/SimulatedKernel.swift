// A machine's kernel as far as vipd knows it: leased addresses, and answers to ARP whether or not a daemon lives.
// Deliberately not here: when an operation takes effect and when its answer arrives (World+Kernel).

public import VIPElection
public import VIPWire

/// Which of the group's addresses: bit i stands for the i-th.
public typealias AddressMask = UInt32

/// The addresses of a group in a kernel, under leases in whole seconds.
public struct SimulatedKernel: Hashable, Sendable {
    /// The group's addresses, at most 32.
    public let addresses: [IPv4Address]
    /// When each lease ends on the machine's clock; nil for an address that is not there.
    private var leaseEnds: [Instant?]
    /// The errno with which addresses are refused from now on, and which ones.
    public var installRefusal: (errno: Int32, addresses: AddressMask) {
        get { (refusedInstallErrno, refusedInstalls) }
        set { (refusedInstallErrno, refusedInstalls) = newValue }
    }
    private var refusedInstallErrno: Int32 = 0
    private var refusedInstalls: AddressMask = 0
    /// The errno with which removals are refused from now on; nil if they are not.
    public var removalRefusal: Int32?

    public init(addresses: [IPv4Address]) {
        precondition((1...32).contains(addresses.count), "a simulated kernel has 1 to 32 addresses of a group")
        self.addresses = addresses
        leaseEnds = Array(repeating: nil, count: addresses.count)
    }

    /// The addresses that the kernel has.
    public var held: AddressMask {
        var mask: AddressMask = 0
        for index in leaseEnds.indices where leaseEnds[index] != nil { mask |= 1 << index }
        return mask
    }

    /// All addresses of the group.
    public var all: AddressMask { addresses.count == 32 ? .max : 1 << addresses.count - 1 }

    /// Adds or renews the addresses in these places, as `ip address replace … valid_lft` does. Linux counts leases in whole seconds and
    /// looks for those that have ended in its own time: they end between `leaseSeconds` and a second later.
    /// - Returns: the addresses that were refused; the others are there.
    public mutating func install(
        _ places: Range<Int>, leaseSeconds: Int, at now: Instant, random: inout RandomSource
    ) -> [AddressRefusal] {
        let end = now + .seconds(leaseSeconds) + random.duration(in: .zero ... .seconds(1))
        var refused: [AddressRefusal] = []
        for index in places {
            if refusedInstalls & (1 << index) != 0 {
                refused.append(AddressRefusal(address: addresses[index], errno: refusedInstallErrno))
            } else {
                leaseEnds[index] = end
            }
        }
        return refused
    }

    /// Removes all addresses; what is not there is not refused.
    /// - Returns: the addresses that stay.
    public mutating func remove() -> [AddressRefusal] {
        guard let errno = removalRefusal else {
            clear()
            return []
        }
        return addresses.indices.filter { leaseEnds[$0] != nil }.map {
            AddressRefusal(address: addresses[$0], errno: errno)
        }
    }

    /// Takes one address away behind the daemon's back, as an operator or a network manager does.
    public mutating func remove(outsiders index: Int) { leaseEnds[index] = nil }

    /// Takes all addresses away, as a power cut does.
    public mutating func clear() {
        for index in leaseEnds.indices { leaseEnds[index] = nil }
    }

    /// When the next lease ends on the machine's clock.
    public var nextExpiry: Instant? {
        var next: Instant?
        for case let end? in leaseEnds where next.map({ end < $0 }) ?? true { next = end }
        return next
    }

    /// Removes the addresses whose lease has ended.
    public mutating func expire(at now: Instant) {
        for index in leaseEnds.indices {
            if let end = leaseEnds[index], end <= now { leaseEnds[index] = nil }
        }
    }

    /// Moves all leases, as a suspension does in which the kernel's ticks stood still while its clock went on.
    public mutating func postponeLeases(by duration: Duration) {
        for index in leaseEnds.indices { leaseEnds[index] = leaseEnds[index].map { $0 + duration } }
    }

    /// What the kernel of the machine with `mac` answers to an ARP packet: every request for an address of its own, a
    /// probe included (RFC 826), but no announcement of that address by somebody else.
    public func answer(to packet: ARPPacket, mac: MACAddress) -> ARPPacket? {
        guard packet.operation == .request, !packet.isAnnouncement else { return nil }
        for index in addresses.indices
        where addresses[index] == packet.targetProtocolAddress && leaseEnds[index] != nil {
            return ARPPacket(
                operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: addresses[index],
                targetHardwareAddress: packet.senderHardwareAddress,
                targetProtocolAddress: packet.senderProtocolAddress
            )
        }
        return nil
    }
}
