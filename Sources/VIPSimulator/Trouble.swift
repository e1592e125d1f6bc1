// A fault with its repair: what kind, whom it strikes, how long it lasts. Whom is decided when it strikes.

public import VIPElection

/// Kinds of trouble that a profile draws from.
public enum TroubleKind: String, Hashable, Sendable, CaseIterable {
    case powerCut, daemonKilled, daemonStopped, daemonHung, machinePaused, carrierLost
    case split, isolation, oneWay, badLinks, silence
    case kernelRefuses, kernelKeeps, kernelSlow, addressRemoved, sendsFail
    case foreignHost, maintenance, sickness, move
    /// The services of all machines sicken at once; those of one sicken and recover four times.
    case epidemic, healthFlaps
}

/// One trouble, planned.
public struct Trouble: Hashable, Sendable {
    public var kind: TroubleKind
    /// Strikes the machine that has the addresses, if there is one; else one drawn by lot.
    public var strikesHolder: Bool
    /// From the fault to its repair.
    public var duration: Duration
}

extension World {
    /// Plans a trouble for `time`, which must not be past.
    public mutating func schedule(_ trouble: Trouble, at time: Instant) {
        precondition(now <= time, "what is past cannot be planned")
        queue.push(.trouble(trouble), at: time)
    }

    /// Lets a trouble set in and plans its repair.
    mutating func begin(_ trouble: Trouble) {
        guard !isHealed else { return }
        let (faults, repairs) = faults(of: trouble, on: victim(of: trouble))
        for fault in faults { apply(fault) }
        for repair in repairs { queue.push(.repair(repair), at: now + trouble.duration) }
        if case .healthFlaps = trouble.kind, case .healthSet(let index, _)? = faults.first {
            for beat in 1...6 {
                let fault = Fault.healthSet(index, !beat.isMultiple(of: 2))
                queue.push(.repair(fault), at: now + trouble.duration * beat / 7)
            }
        }
        if case .powerCut = trouble.kind, case .booted(let index, _)? = repairs.first {
            let start = now + trouble.duration + random.duration(in: .zero ... .seconds(1))
            queue.push(.repair(.daemonStarted(index)), at: start)
        }
    }

    private mutating func victim(of trouble: Trouble) -> Int {
        let lot = Int(random.next() % UInt64(machines.count))
        guard trouble.strikesHolder else { return lot }
        return machines.firstIndex { $0.kernel.held != 0 } ?? lot
    }

    private mutating func other(than index: Int) -> Int {
        (index + 1 + Int(random.next() % UInt64(machines.count - 1))) % machines.count
    }

    /// True once in `count` times.
    private mutating func chance(oneIn count: UInt64) -> Bool { random.next() % count == 0 }

    private mutating func faults(of trouble: Trouble, on index: Int) -> (faults: [Fault], repairs: [Fault]) {
        let all = machines[index].kernel.all
        let address = Int(random.next() % UInt64(machines[index].kernel.addresses.count))
        switch trouble.kind {
        case .powerCut: return ([.powerCut(index)], [.booted(index, clockWentBack: chance(oneIn: 10))])
        case .daemonKilled: return ([.daemonKilled(index)], [.daemonStarted(index)])
        case .daemonStopped: return ([.daemonStopped(index, isUrgent: chance(oneIn: 5))], [.daemonStarted(index)])
        case .daemonHung: return ([.daemonHung(index)], [.daemonResumed(index)])
        case .machinePaused:
            let kinds = Machine.Pause.allCases
            let kind = kinds[Int(random.next() % UInt64(kinds.count))]
            return ([.machinePaused(index, kind, keepsFrames: chance(oneIn: 2))], [.machineResumed(index)])
        case .carrierLost: return ([.carrierLost(index)], [.carrierReturned(index)])
        case .split: return ([.split(UInt32(truncatingIfNeeded: random.next()))], [.split(0)])
        case .isolation: return ([.split(1 << UInt32(index))], [.split(0)])
        case .oneWay:
            let far = other(than: index)
            let (from, to) = chance(oneIn: 2) ? (index, far) : (far, index)
            return ([.linkCut(from: from, to: to)], [.linkRestored(from: from, to: to)])
        case .silence:
            let others = machines.indices.filter { $0 != index }
            return (
                others.map { .linkCut(from: index, to: $0) }, others.map { .linkRestored(from: index, to: $0) }
            )
        case .badLinks: return ([.qualityChanged(drawQuality())], [.qualityChanged(.good)])
        case .kernelRefuses:
            let errnos: [Int32] = [1, 12, 19]  // EPERM, ENOMEM, ENODEV
            let errno = errnos[Int(random.next() % 3)]
            let addresses = chance(oneIn: 2) ? all : 1 << address
            return (
                [.kernelRefuses(index, errno: errno, addresses)], [.kernelRefuses(index, errno: 0, 0)]
            )
        case .kernelKeeps: return ([.kernelKeeps(index, errno: 16)], [.kernelKeeps(index, errno: nil)])  // EBUSY
        case .kernelSlow:
            let longest = Int64(1 + random.next() % 200_000)
            return ([.kernelSlow(index, longestMicroseconds: longest)], [.kernelSlow(index, longestMicroseconds: 0)])
        case .addressRemoved: return ([.addressRemoved(index, index: address)], [])
        case .sendsFail: return ([.sendsFail(index)], [.sendsWork(index)])
        case .foreignHost:
            return (
                [.foreignHostAppeared(index: address, isStubborn: chance(oneIn: 2))], [.foreignHostLeft]
            )
        case .maintenance: return ([.maintenanceSet(index, true)], [.maintenanceSet(index, false)])
        case .epidemic:
            return (machines.indices.map { .healthSet($0, false) }, machines.indices.map { .healthSet($0, true) })
        case .sickness, .healthFlaps: return ([.healthSet(index, false)], [.healthSet(index, true)])
        case .move: return ([.moveRequested(index, to: chance(oneIn: 2) ? other(than: index) : nil)], [])
        }
    }

    /// Links as bad as they come: up to 40 % loss, some doubling, delays up to two spacings of probes.
    private mutating func drawQuality() -> LinkQuality {
        let longest = machines[0].settings.interval * Int(random.next() % 40) / 100
        return LinkQuality(
            lossPerMille: Int(random.next() % 400), duplicatesPerMille: Int(random.next() % 100),
            delay: .microseconds(50)...max(longest, .microseconds(300))
        )
    }
}
