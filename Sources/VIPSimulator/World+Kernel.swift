// Kernels at work: operations take effect in the order in which they were asked for, at once or late, and leases end.

import VIPElection
import VIPWire

extension World {
    /// The daemon asks its kernel for something. A kernel that has nothing to do answers at once, as netlink does.
    mutating func ask(_ operation: KernelOperation, of index: Int) -> Event? {
        switch operation {
        case .install: note(.installAsked(index))
        case .remove: note(.removalAsked(index))
        }
        let isIdle = machines[index].operations.isEmpty && machines[index].operationsAnsweredAt <= now
        guard machines[index].kernelDelay > .zero || !isIdle else { return complete(operation, on: index).event }
        let doneAt =
            max(machines[index].operationsDoneAt, now) + random.duration(in: .zero...machines[index].kernelDelay)
        machines[index].operations.append(operation)
        machines[index].operationsDoneAt = doneAt
        queue.push(.operationDone(machine: index, generation: machines[index].generation), at: doneAt)
        return nil
    }

    /// The first of the operations that wait takes effect; its answer follows.
    mutating func doOperation(on index: Int) {
        guard !machines[index].operations.isEmpty else { return }
        let answer = complete(machines[index].operations.removeFirst(), on: index)
        let answeredAt =
            max(machines[index].operationsAnsweredAt, now) + random.duration(in: .zero...machines[index].kernelDelay)
        machines[index].operationsAnsweredAt = answeredAt
        let generation = machines[index].generation
        queue.push(.operationAnswered(machine: index, generation: generation, answer: answer), at: answeredAt)
    }

    /// What was asked for before its daemon went down is done all the same: the system call had begun.
    mutating func finishOperations(of index: Int) {
        for operation in machines[index].operations { _ = complete(operation, on: index) }
        machines[index].operations = []
        machines[index].operationsDoneAt = now
        machines[index].operationsAnsweredAt = now
    }

    private mutating func complete(_ operation: KernelOperation, on index: Int) -> KernelAnswer {
        let local = machines[index].clock.read(at: now)
        let before = machines[index].kernel.held
        let answer: KernelAnswer
        switch operation {
        case .install(let places, let seconds):
            answer = .installed(
                refused: machines[index].kernel.install(places, leaseSeconds: seconds, at: local, random: &random))
        case .remove:
            answer = .removed(refused: machines[index].kernel.remove())
        }
        noteAddresses(of: index, before: before, .asked)
        return answer
    }

    mutating func expireLeases(of index: Int) {
        let before = machines[index].kernel.held
        machines[index].kernel.expire(at: machines[index].clock.read(at: now))
        noteAddresses(of: index, before: before, .leaseEnded)
    }

    /// Tells of a change in a kernel, if there is one, and has the daemon told by its link.
    mutating func noteAddresses(of index: Int, before: AddressMask, _ cause: Occurrence.Cause) {
        planExpiry(of: index)
        let held = machines[index].kernel.held
        guard held != before else { return }
        note(.addressesChanged(index, held: held, cause))
        if cause != .powerCut { planLinkNotice(for: index) }
    }

    /// Netlink tells the daemon of a change of its link a little later.
    mutating func planLinkNotice(for index: Int) {
        guard machines[index].hasDaemon else { return }
        // What was done before is answered before.
        let at = max(now + random.duration(in: .zero...Self.longestNotice), machines[index].operationsAnsweredAt)
        queue.push(.linkNoticed(machine: index, generation: machines[index].generation), at: at)
    }

    /// The longest that a notification by the kernel takes to reach a daemon that reads.
    static var longestNotice: Duration { .milliseconds(5) }

    mutating func planExpiry(of index: Int) {
        guard machines[index].pause == nil, let expiry = machines[index].kernel.nextExpiry else {
            machines[index].expiryAt = nil
            return
        }
        machines[index].expiryAt = max(now, machines[index].clock.worldTime(reaching: expiry))
    }
}
