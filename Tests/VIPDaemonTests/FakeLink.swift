// An open link of a fake machine: frames wait in a queue until they are delivered, addresses are leases in memory.

import VIPConfiguration
import VIPDaemon
import VIPElection
import VIPWire

final class FakeLink: LinkPort {
    let index: Int
    private unowned let machine: FakeMachine
    private let receive: (Result<Frame, FrameRefusal>) -> Void
    private(set) var listensFor: [IPv4Address]
    private(set) var isOpen = true
    /// Arrived, and not read yet.
    var arrivals: [Result<Frame, FrameRefusal>] = []
    /// The capture is over.
    var isUnreadable = false
    var framesLost = 0
    var requestsLost = 0

    init(
        index: Int, machine: FakeMachine, addresses: [IPv4Address],
        receive: @escaping (Result<Frame, FrameRefusal>) -> Void
    ) {
        self.index = index
        self.machine = machine
        self.receive = receive
        listensFor = addresses
    }

    func listen(for addresses: [IPv4Address]) throws {
        precondition(isOpen, "a closed link cannot listen")
        if let text = machine.listenFails { throw FakeError(description: text) }
        listensFor = addresses
    }

    func send(_ frames: [Frame]) -> Int32 {
        precondition(isOpen, "a closed link cannot send")
        guard machine.sendErrno == 0 else { return machine.sendErrno }
        for frame in frames {
            // What no reader would accept traps here, as it does on Linux.
            _ = frame.serialized()
            machine.note(.sent(frame))
        }
        machine.now = machine.now + machine.sendTakes
        return 0
    }

    func send(_ frame: Frame) -> Int32 { send([frame]) }

    func install(_ addresses: ArraySlice<IPv4Address>, leaseSeconds: Int) -> [AddressRefusal] {
        precondition(isOpen, "a closed link cannot install")
        let refused = addresses.compactMap { address in
            machine.installErrno[address].map { AddressRefusal(address: address, errno: $0) }
        }
        let taken = addresses.filter { machine.installErrno[$0] == nil }
        machine.change(index) { $0.leased.formUnion(taken) }
        for address in taken { machine.leaseEnds[address] = machine.now + .seconds(leaseSeconds) }
        machine.note(.installed(taken))
        machine.now = machine.now + machine.installTakes
        return refused
    }

    func remove(_ addresses: [IPv4Address]) -> [AddressRefusal] {
        precondition(isOpen, "a closed link cannot remove")
        let refused = addresses.compactMap { address in
            machine.removeErrno[address].map { AddressRefusal(address: address, errno: $0) }
        }
        for address in addresses where machine.removeErrno[address] == nil {
            machine.change(index) { $0.leased.remove(address) }
            machine.leaseEnds[address] = nil
        }
        machine.note(.removed(addresses))
        machine.now = machine.now + machine.removeTakes
        return refused
    }

    func beginRelay(of addresses: [IPv4Address], from own: MACAddress, to predecessor: MACAddress) throws {
        precondition(isOpen, "a closed link cannot relay")
        if let text = machine.relayFails { throw FakeError(description: text) }
        machine.note(.beganRelay(addresses, from: own, to: predecessor))
    }

    func endRelay(of addresses: [IPv4Address]) { machine.note(.endedRelay(addresses)) }

    func deliver() -> Bool {
        guard isOpen, !isUnreadable else { return false }
        while !arrivals.isEmpty { receive(arrivals.removeFirst()) }
        return true
    }

    func close() {
        precondition(isOpen, "a link is closed once")
        isOpen = false
        machine.note(.closed(index))
    }
}
