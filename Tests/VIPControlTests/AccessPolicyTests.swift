import Testing

@testable import VIPControl

struct AccessPolicyTests {
    private let policy = AccessPolicy(groupID: 990)

    @Test(
        "root and members of the group may change things, by primary or supplementary group; nobody else may",
        arguments: [
            (PeerCredentials(uid: 0, gid: 0, groups: []), true),
            (PeerCredentials(uid: 1000, gid: 990, groups: []), true),
            (PeerCredentials(uid: 1000, gid: 1000, groups: [4, 990]), true),
            (PeerCredentials(uid: 1000, gid: 0, groups: [0]), false),
            (PeerCredentials(uid: 990, gid: 1000, groups: [27]), false),
            (nil, false),
        ] as [(PeerCredentials?, Bool)])
    func change(credentials: PeerCredentials?, allowed: Bool) {
        #expect(policy.allows(.change, to: credentials) == allowed)
        #expect(policy.allows(.read, to: credentials))
    }

    @Test("without the group on the machine only root may change things")
    func noGroup() {
        let policy = AccessPolicy(groupID: nil)
        #expect(policy.allows(.change, to: PeerCredentials(uid: 0, gid: 0, groups: [])))
        #expect(!policy.allows(.change, to: PeerCredentials(uid: 1000, gid: 1000, groups: [1000])))
    }

    @Test("status and events are for everyone, maintenance and reload are not")
    func levels() {
        #expect(ControlRequest.status.access == .read)
        #expect(ControlRequest.events(since: 0, follow: true).access == .read)
        #expect(ControlRequest.maintenance(on: false).access == .change)
        #expect(ControlRequest.reload.access == .change)
    }

    @Test("a refusal names who asked and the way out")
    func refusal() {
        let user = PeerCredentials(uid: 1000, gid: 1000, groups: [])
        #expect(
            policy.refusal(of: .maintenance(on: true), to: user).message
                == "uid 1000 may not use maintenance: only root and members of group vipd may; use sudo, or join the "
                + "group (sudo usermod -aG vipd USER) and log in again")
        #expect(
            AccessPolicy(groupID: nil).refusal(of: .maintenance(on: true), to: nil).message
                == "a caller the kernel does not name may not use maintenance: only root and members of group vipd "
                + "may; use sudo (there is no group vipd on this machine to join)")
    }
}
