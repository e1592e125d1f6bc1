// Rations: what is taken in a time.

import Testing

@testable import VIPLinux

@Suite struct RationTests {
    @Test("A ration that is used up is there again at the window's end, and not before")
    func window() {
        var ration = Ration(of: 10, inNanoseconds: 100)
        #expect(!ration.isUsedUp(at: 1000))
        #expect(ration.take(9, at: 1000) == nil)
        #expect(ration.take(1, at: 1050) == 1100)
        #expect(ration.isUsedUp(at: 1099))
        #expect(!ration.isUsedUp(at: 1100))
        #expect(ration.take(9, at: 1100) == nil)
    }

    @Test("A window begins with the first that is taken after the last: whoever takes little is never kept waiting")
    func slowTaker() {
        var ration = Ration(of: 10, inNanoseconds: 100)
        for time in stride(from: Int64(0), to: 10_000, by: 25) {
            #expect(ration.take(2, at: time) == nil)
        }
    }

    @Test("What is taken at once may go beyond it, and is not counted again")
    func excess() {
        var ration = Ration(of: 10, inNanoseconds: 100)
        #expect(ration.take(500, at: 0) == 100)
        #expect(ration.take(1, at: 100) == nil)
    }
}
