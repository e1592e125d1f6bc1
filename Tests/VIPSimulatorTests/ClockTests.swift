import Testing
import VIPElection

@testable import VIPSimulator

struct ClockTests {
    @Test(
        "A clock reaches a time at the first moment of the world at which it shows it",
        arguments: [-5000, -7, 0, 13, 5000])
    func firstMoment(rate: Int64) {
        let clock = LocalClock(rate: rate, world: at(10), local: at(5000))
        for wanted in [5000, 5001, 5123, 65_000] as [Int64] {
            let moment = clock.worldTime(reaching: at(wanted))
            #expect(clock.read(at: moment) >= at(wanted))
            if wanted > 5000 { #expect(clock.read(at: Instant(nanoseconds: moment.nanoseconds - 1)) < at(wanted)) }
        }
    }

    @Test("A clock that is half a percent fast gains five milliseconds a second")
    func rate() {
        let clock = LocalClock(rate: 5000, world: at(0), local: at(0))
        #expect(clock.read(at: at(1000)) == at(1005))
    }

    @Test("What is planned for one moment happens in the order in which it was planned")
    func queueOrder() {
        var queue = EventQueue<Int>()
        for (number, time) in [30, 10, 20, 10, 30, 10].enumerated() { queue.push(number, at: at(Int64(time))) }
        var order: [Int] = []
        while let number = queue.pop() {
            order.append(number)
            if number == 1 { queue.push(6, at: at(10)) }
        }
        #expect(order == [1, 3, 5, 6, 2, 0, 4])
    }
}
