// Frames on the segment: they travel as bytes, are lost, doubled and late, and are answered by kernels.

import VIPElection
import VIPWire

extension World {
    /// The port of the foreign host.
    private var foreignPort: Int { machines.count }

    /// Puts a frame on the segment, for every port that its destination concerns.
    mutating func transmit(_ frame: Frame, _ origin: Occurrence.Origin) {
        let bytes = frame.serialized()
        note(.sent(frame, bytes: bytes, origin))
        let from =
            switch origin {
            case .daemon(let index), .kernel(let index): index
            case .foreignHost: foreignPort
            }
        guard from == foreignPort || machines[from].isOnLink else { return }
        for to in 0...foreignPort where to != from {
            if to == foreignPort && foreignHost == nil { continue }
            let mac = to == foreignPort ? ForeignHost.mac : machines[to].identity.mac
            guard frame.destination.isGroup || frame.destination == mac else { continue }
            guard network.isOpen(from: from, to: to) else { continue }
            carry(bytes, of: frame, from: from, to: to)
        }
    }

    /// Takes one copy of a frame over one link.
    private mutating func carry(_ bytes: [UInt8], of frame: Frame, from: Int, to: Int) {
        let quality = network.quality(from: from, to: to)
        if quality.lossPerMille > 0, random.next() % 1000 < UInt64(quality.lossPerMille) {
            if from < foreignPort && to < foreignPort { note(.lost(frame, from: from, to: to)) }
            return
        }
        queue.push(.frameArrives(to: to, bytes: bytes), at: quality.arrival(after: now, random: &random))
        if quality.duplicatesPerMille > 0, random.next() % 1000 < UInt64(quality.duplicatesPerMille) {
            queue.push(.frameArrives(to: to, bytes: bytes), at: quality.arrival(after: now, random: &random))
        }
    }

    /// A frame comes to a port: a paused machine's hypervisor may keep it; else its kernel and its daemon see it.
    mutating func arrive(_ bytes: [UInt8], at port: Int) {
        guard port < machines.count else { return arriveAtForeignHost(bytes) }
        guard machines[port].isPowered, machines[port].hasCarrier else { return }
        guard machines[port].pause == nil else {
            if machines[port].backlog.map({ $0.count < Inbox.frameCapacity }) ?? false {
                machines[port].backlog?.append(bytes)
            }
            return
        }
        guard let frame = try? Frame(parsing: bytes.span.bytes) else { return }
        let mac = machines[port].identity.mac
        if let answer = machines[port].kernel.answer(to: frame.packet, mac: mac) {
            transmit(Frame(destination: frame.source, source: mac, packet: answer), .kernel(port))
        }
        guard machines[port].hasDaemon else { return }
        if machines[port].isHung {
            machines[port].inbox.append(.frame(bytes))
        } else {
            read(frame, on: port)
        }
    }

    /// The daemon of a machine reads a frame.
    mutating func read(_ frame: Frame, on index: Int) {
        note(.received(frame, by: index))
        feed(.frameReceived(frame), to: index)
    }

    private mutating func arriveAtForeignHost(_ bytes: [UInt8]) {
        guard let frame = try? Frame(parsing: bytes.span.bytes), var host = foreignHost else { return }
        let reaction = host.react(to: frame.packet, at: now)
        foreignHost = host
        switch reaction {
        case .none: break
        case .answer(let frame), .announce(let frame): transmit(frame, .foreignHost)
        case .giveUp: apply(.foreignHostLeft)
        }
    }
}
