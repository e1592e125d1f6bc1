// Trying what vipd asks of the kernel, in a network namespace of its own where this process may make one.
// Deliberately not here: what it means (VIPDoctor).

import Glibc
import VIPDoctor
import VIPLinux
import VIPWire

enum ReadKernel {
    /// The loopback's index in a new namespace.
    private static let loopback: Int32 = 1
    /// TEST-NET-1 (RFC 5737): nobody's.
    private static let address = IPv4Address(192, 0, 2, 1)
    private static let leaseSeconds: UInt32 = 2

    /// - Parameter link: on which to try a packet socket.
    static func facts(onLink link: Link?, _ rights: RightsFacts) -> KernelFacts {
        var facts = KernelFacts(
            version: KernelVersion(release: KernelRelease.text), lease: .untried("needs root"), keepsOrigin: nil,
            socketDestroy: .untried("needs root"), overlapRelay: .untried("needs root"))
        do throws(SystemError) {
            try ScratchNamespace.run {
                (facts.lease, facts.keepsOrigin) = tryLease()
                facts.overlapRelay = trial { () throws(SystemError) in _ = try OverlapRelay() }
            }
        } catch {
            (facts.lease, facts.overlapRelay) = (.untried(error.description), .untried(error.description))
        }
        facts.socketDestroy = trial { () throws(SystemError) in _ = try SocketDestroyer() }
        if let link, rights.hasRawNetwork {
            facts.packetSockets = trial { () throws(SystemError) in
                try PacketSocket(interfaceIndex: link.index, name: link.name).join(group: Frame.multicast)
            }
        }
        return facts
    }

    /// What came of it; what the kernel lacks is a refusal, what this process lacks is not.
    private static func trial(_ body: () throws(SystemError) -> Void) -> Trial {
        do throws(SystemError) {
            try body()
            return .works
        } catch {
            return error.errno == EPERM || error.errno == EACCES
                ? .untried(error.description) : .refused(error.description)
        }
    }

    private static func tryLease() -> (Trial, keepsOrigin: Bool?) {
        do {
            let route = try RouteSocket()
            let answer = route.setAddresses([address], lifetimeSeconds: leaseSeconds, interfaceIndex: loopback)[0]
            guard answer == 0 else { return (.refused(SystemError.text(of: answer)), nil) }
            guard let found = try route.addresses().first(where: { $0.address == address }) else {
                return (.refused("the address is not there"), nil)
            }
            guard let left = found.validSeconds, left <= leaseSeconds else {
                return (.refused("it forgot the lifetime"), nil)
            }
            return (.works, found.origin == InterfaceAddress.ownOrigin)
        } catch {
            return (.untried("\(error)"), nil)
        }
    }
}
