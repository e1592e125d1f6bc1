import Testing

@testable import viplab

@Suite struct EtcdTests {
    private func write(_ number: Int, _ start: Int64, _ end: Int64, _ problem: String? = nil) -> EtcdWrite {
        EtcdWrite(
            number: number, start: Instant(nanoseconds: start * 1_000_000), end: Instant(nanoseconds: end * 1_000_000),
            problem: problem)
    }

    @Test("a write is told in one line and read back")
    func lines() {
        for write in [write(17, 5120, 5128), write(18, 5220, 6223, "context deadline exceeded")] {
            #expect(EtcdWrite(line: write.line) == write)
        }
    }

    @Test(
        "a line that tells of no write is none",
        arguments: [
            "", "write", "write 1 2 3", "write x 2 3 acknowledged", "write 1 2 3 acknowledged twice",
            "write 1 2 3 failed", "attempt 1 2 3 acknowledged",
        ])
    func otherLines(line: String) {
        #expect(EtcdWrite(line: line) == nil)
    }

    @Test("keys sort as their numbers do")
    func keys() {
        let numbers = [1, 9, 10, 99_999, 100_000]
        #expect(numbers.map(EtcdWrite.key).sorted() == numbers.map(EtcdWrite.key))
    }

    @Test("the client was without from one acknowledged write to the next, whatever failed in between")
    func outage() {
        let writes = [
            write(1, 0, 10), write(2, 100, 110), write(5, 900, 920), write(3, 200, 1200, "no answer"),
            write(4, 300, 1300, "no answer"),
        ]
        let outage = Outage(of: writes, from: Instant(nanoseconds: 0), to: Instant(nanoseconds: 1_000_000_000))
        #expect(outage.gap == .milliseconds(810))
        #expect(outage.failed == 2)
        #expect(outage.attempts == 5)
    }

    @Test("an acknowledged write that is not there, or with another value, is lost; an unacknowledged one may be there")
    func audit() {
        let read = "viplab/00000001\n1\nviplab/00000002\n7\nviplab/00000004\n4\n"
        let audit = EtcdAudit(acknowledged: [3, 2, 1], read: read)
        #expect(audit.acknowledged == 3)
        #expect(audit.present == 2)
        #expect(audit.lost == [2, 3])
    }

    @Test("where nothing is read, everything acknowledged is lost")
    func auditOfNothing() {
        #expect(EtcdAudit(acknowledged: [1, 2], read: "").lost == [1, 2])
    }

    @Test("who leads is told by ids of 64 bits, which differ in their last digits")
    func leader() {
        func status(_ own: String, _ leader: String) -> String {
            """
            [{"Endpoint":"http://192.168.1.211:2379","Status":{"header":{"cluster_id":9252745835364229182,\
            "member_id":\(own),"revision":1,"raft_term":2},"version":"3.4.23","dbSize":20480,"leader":\(leader)}}]
            """
        }
        #expect(EtcdStatus(json: status("18249187646912138824", "18249187646912138824"))?.isLeader == true)
        let follower = EtcdStatus(json: status("18249187646912138824", "18249187646912138825"))
        #expect(follower?.isLeader == false)
        #expect(follower?.id == 18_249_187_646_912_138_824)
        #expect(EtcdStatus(json: "") == nil)
    }

    @Test("reboots are summed up by their manner")
    func summary() {
        func reboot(_ manner: RebootManner, _ gap: Int64) -> Reboot {
            var outage = Outage(of: [EtcdWrite](), from: Instant(nanoseconds: 0), to: Instant(nanoseconds: 0))
            let failure = FailedTry(account: "no answer", duration: .seconds(1), stalled: .zero)
            (outage.gap, outage.failures, outage.attempts) = (.milliseconds(gap), [failure], 50)
            return Reboot(manner: manner, holder: "a", successor: "b", takeover: .milliseconds(gap / 2), outage: outage)
        }
        let table = RebootSummary(reboots: [
            reboot(.powerCut, 700), reboot(.orderly, 110), reboot(.powerCut, 1900), reboot(.powerCut, 800),
        ]).table
        #expect(
            table.rows == [
                ["orderly", "1", "55 ms", "55 ms", "110 ms", "110 ms", "1 of 50"],
                ["power cut", "3", "400 ms", "950 ms", "800 ms", "1.90 s", "3 of 150"],
            ])
    }
}
