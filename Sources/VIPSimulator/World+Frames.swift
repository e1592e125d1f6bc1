// Frames on the segment: they travel as bytes, are lost, doubled and late, and are answered by kernels.

import VIPElection
import VIPWire

/// A frame on its way: what readers make of the bytes that went out. All of its copies share it, for the same bytes
/// read the same everywhere.
final class Carried: Sendable {
    let frame: Frame

    /// Reads what stands on the wire; nil for bytes that every reader refuses.
    init?(_ bytes: [UInt8]) {
        guard let frame = try? Frame(parsing: bytes.span.bytes) else { return nil }
        self.frame = frame
    }
}

extension World {
    /// Puts a frame on the segment, for every port that its destination concerns.
    mutating func transmit(_ frame: Frame, _ origin: Occurrence.Origin) {
        // The foreign host's comes after the machines'.
        let foreignPort = machines.count
        let bytes = frame.serialized()
        note(.sent(frame, bytes: bytes, origin))
        let from =
            switch origin {
            case .daemon(let index), .kernel(let index): index
            case .foreignHost: foreignPort
            }
        guard from == foreignPort || machines[from].isOnLink, let carried = Carried(bytes) else { return }
        for to in 0...foreignPort where to != from {
            if to == foreignPort && (foreignHost == nil || frame.destination == Frame.multicast) { continue }
            let mac = to == foreignPort ? ForeignHost.mac : machines[to].identity.mac
            guard frame.destination.isGroup || frame.destination == mac else { continue }
            guard network.isOpen(from: from, to: to) else { continue }
            carry(carried, from: from, to: to)
        }
    }

    /// Takes one copy of a frame over one link.
    private mutating func carry(_ carried: Carried, from: Int, to: Int) {
        let quality = network.quality(from: from, to: to)
        if quality.lossPerMille > 0, random.next() % 1000 < UInt64(quality.lossPerMille) {
            if from < machines.count && to < machines.count { note(.lost(carried.frame, from: from, to: to)) }
            return
        }
        queue.push(.frameArrives(to: to, carried), at: quality.arrival(after: now, random: &random))
        if quality.duplicatesPerMille > 0, random.next() % 1000 < UInt64(quality.duplicatesPerMille) {
            queue.push(.frameArrives(to: to, carried), at: quality.arrival(after: now, random: &random))
        }
    }

    /// A frame comes to a port: a paused machine's hypervisor may keep it; else its kernel and its daemon see it.
    mutating func arrive(_ carried: Carried, at port: Int) {
        guard port < machines.count else { return arriveAtForeignHost(carried.frame) }
        guard machines[port].isPowered, machines[port].hasCarrier else { return }
        // A card takes what goes to a group for as long as a socket has joined it (packet(7)): while a daemon lives.
        guard machines[port].hasDaemon || carried.frame.destination != Frame.multicast else { return }
        guard machines[port].pause == nil else {
            if machines[port].backlog.map({ $0.count < Inbox.frameCapacity }) ?? false {
                machines[port].backlog?.append(carried)
            }
            return
        }
        let mac = machines[port].identity.mac
        if let answer = machines[port].kernel.answer(to: carried.frame.packet, mac: mac) {
            transmit(Frame(destination: carried.frame.source, source: mac, packet: answer), .kernel(port))
        }
        guard machines[port].hasDaemon else { return }
        if machines[port].isHung {
            machines[port].inbox.append(.frame(carried))
        } else {
            read(carried.frame, on: port)
        }
    }

    /// The daemon of a machine reads a frame.
    mutating func read(_ frame: Frame, on index: Int) {
        note(.received(frame, by: index))
        feed(.frameReceived(frame), to: index)
    }

    private mutating func arriveAtForeignHost(_ frame: Frame) {
        guard var host = foreignHost else { return }
        let reaction = host.react(to: frame.packet, at: now)
        foreignHost = host
        switch reaction {
        case .none: break
        case .answer(let frame), .announce(let frame): transmit(frame, .foreignHost)
        case .giveUp: apply(.foreignHostLeft)
        }
    }
}
