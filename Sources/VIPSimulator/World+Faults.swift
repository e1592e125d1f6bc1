// Faults and repairs as they change the world.

import VIPElection
import VIPWire

extension World {
    /// Lets a fault set in, or repairs it, now.
    mutating func apply(_ fault: Fault) {
        note(.fault(fault))
        switch fault {
        case .powerCut(let index): cutPower(of: index)
        case .booted(let index, let clockWentBack): boot(index, clockWentBack: clockWentBack)
        case .daemonKilled(let index): endDaemon(on: index)
        case .daemonStarted(let index): startDaemon(on: index)
        case .daemonStopped(let index, let isUrgent): deliver(.command(isUrgent ? .stopNow : .stop), to: index)
        case .daemonHung(let index):
            machines[index].isHung = machines[index].hasDaemon
            planDeadline(of: index)
        case .daemonResumed(let index): resumeDaemon(on: index)
        case .machinePaused(let index, let pause, let keepsFrames): self.pause(index, pause, keepsFrames: keepsFrames)
        case .machineResumed(let index): resume(index)
        case .carrierLost(let index): setCarrier(false, of: index)
        case .carrierReturned(let index): setCarrier(true, of: index)
        case .linkCut(let from, let to): network.setCut(true, from: from, to: to)
        case .linkRestored(let from, let to): network.setCut(false, from: from, to: to)
        case .split(let members): network.split(members)
        case .qualityChanged(let quality): network.setQuality(quality)
        case .kernelRefuses(let index, let errno, let addresses):
            machines[index].kernel.installRefusal = (errno, errno == 0 ? 0 : addresses)
        case .kernelKeeps(let index, let errno): machines[index].kernel.removalRefusal = errno
        case .kernelSlow(let index, let microseconds): machines[index].kernelDelay = .microseconds(microseconds)
        case .addressRemoved(let index, let address):
            let before = machines[index].kernel.held
            machines[index].kernel.remove(outsiders: address)
            noteAddresses(of: index, before: before, .outsider)
        case .sendsFail(let index): machines[index].sendsFail = true
        case .sendsWork(let index): machines[index].sendsFail = false
        case .foreignHostAppeared(let address, let isStubborn): admitForeignHost(address, isStubborn: isStubborn)
        case .foreignHostLeft: foreignHost = nil
        case .maintenanceSet(let index, let isOn):
            machines[index].isInMaintenance = isOn
            deliver(.command(.maintenance(isOn)), to: index)
        case .healthSet(let index, let isHealthy):
            machines[index].isHealthy = isHealthy
            deliver(.command(.health(isHealthy)), to: index)
        case .moveRequested(let index, let successor):
            deliver(.command(.move(to: successor.map { machines[$0].identity.id })), to: index)
        case .healed: heal()
        }
        noteReach()
        noteDelays()
    }

    private mutating func cutPower(of index: Int) {
        guard machines[index].isPowered else { return }
        let before = machines[index].kernel.held
        endDaemon(on: index)
        machines[index].isPowered = false
        machines[index].pause = nil
        machines[index].backlog = nil
        machines[index].kernel.clear()
        noteAddresses(of: index, before: before | machines[index].kernel.held, .powerCut)
    }

    private mutating func boot(_ index: Int, clockWentBack: Bool) {
        guard !machines[index].isPowered else { return }
        machines[index].isPowered = true
        machines[index].clock.set(to: Instant(nanoseconds: 1_000_000_000), at: now)
        if clockWentBack { machines[index].identity.epoch = 0 }
    }

    private mutating func resumeDaemon(on index: Int) {
        guard machines[index].isHung else { return }
        machines[index].isHung = false
        noteReach()
        if machines[index].pause == nil { catchUp(on: index) }
    }

    private mutating func pause(_ index: Int, _ pause: Machine.Pause, keepsFrames: Bool) {
        guard machines[index].isPowered, machines[index].pause == nil else { return }
        // System calls that had begun are through; their answers are found afterwards.
        while !machines[index].operations.isEmpty { doOperation(on: index) }
        machines[index].pause = pause
        machines[index].pausedAt = now
        machines[index].backlog = keepsFrames ? [] : nil
        planDeadline(of: index)
        planExpiry(of: index)
    }

    private mutating func resume(_ index: Int) {
        guard let pause = machines[index].pause else { return }
        let pausedAt = machines[index].pausedAt
        machines[index].pause = nil
        switch pause {
        case .clockStops:
            machines[index].clock.set(to: machines[index].clock.read(at: pausedAt), at: now)
        case .clockGoesOn: break
        case .leaseStops:
            let clock = machines[index].clock
            machines[index].kernel.postponeLeases(by: clock.read(at: now) - clock.read(at: pausedAt))
        }
        // Timers that came due meanwhile run first, as the kernel's do; then the link's frames; then the daemon.
        expireLeases(of: index)
        noteReach()
        let frames = machines[index].backlog ?? []
        machines[index].backlog = nil
        let wasHung = machines[index].isHung
        // What arrives in one go is read in one go.
        if machines[index].hasDaemon { machines[index].isHung = true }
        for carried in frames { arrive(carried, at: index) }
        machines[index].isHung = wasHung
        if !wasHung { catchUp(on: index) }
    }

    private mutating func setCarrier(_ hasCarrier: Bool, of index: Int) {
        guard machines[index].hasCarrier != hasCarrier else { return }
        machines[index].hasCarrier = hasCarrier
        planLinkNotice(for: index)
    }

    private mutating func admitForeignHost(_ address: Int, isStubborn: Bool) {
        guard foreignHost == nil else { return }
        let host = ForeignHost(address: machines[0].kernel.addresses[address], isStubborn: isStubborn)
        foreignHost = host
        // RFC 5227, section 2.3: two announcements, two seconds apart.
        transmit(host.announcement, .foreignHost)
        queue.push(.foreignHostRepeats, at: now + .seconds(2))
    }

    /// Repairs everything: from here on nothing goes wrong any more.
    private mutating func heal() {
        isHealed = true
        network.heal()
        foreignHost = nil
        for index in machines.indices {
            machines[index].kernelDelay = .zero
            machines[index].kernel.installRefusal = (0, 0)
            machines[index].kernel.removalRefusal = nil
            machines[index].sendsFail = false
            setCarrier(true, of: index)
            boot(index, clockWentBack: false)
            resume(index)
            resumeDaemon(on: index)
            if machines[index].isInMaintenance {
                machines[index].isInMaintenance = false
                deliver(.command(.maintenance(false)), to: index)
            }
            if !machines[index].isHealthy {
                machines[index].isHealthy = true
                deliver(.command(.health(true)), to: index)
            }
            startDaemon(on: index)
        }
    }
}
