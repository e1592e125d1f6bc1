import Glibc
import Testing
import VIPWire

@testable import VIPLinux

struct SystemFileTests {
    @Test("a file's line comes without the white space around it, and one that is not there is none")
    func lines() throws {
        var path = Array("/tmp/vipd-line-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        try #require(file >= 0)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(name) }
        let text = " 42 \n"
        #expect(write(file, text, text.utf8.count) == text.utf8.count)
        close(file)
        #expect(SystemFile.line(name) == "42")
        #expect(SystemFile.number(name) == 42)
        #expect(SystemFile.line(name + "-not") == nil)
        #expect(SystemFile.exists(name) && !SystemFile.isExecutable(name))
    }

    @Test(
        "a file for its owner and group alone may be read by these and by nobody else",
        .enabled(if: UserAccount.isRoot), arguments: [0o600, 0o640])
    func reading(_ mode: mode_t) throws {
        var path = Array("/tmp/vipd-mode-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        try #require(file >= 0)
        close(file)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(name) }
        try #require(chmod(name, mode) == 0)
        let nobody = try #require(UserAccount(named: "nobody"))
        let daemon = try #require(UserAccount(named: "daemon"))
        try #require(chown(name, daemon.id, nobody.group) == 0)
        #expect(SystemFile.mayRead(name, as: daemon))
        #expect(SystemFile.mayRead(name, as: nobody) == (mode == 0o640))
        try #require(chown(name, 0, 0) == 0)
        #expect(!SystemFile.mayRead(name, as: nobody))
        #expect(!SystemFile.mayRead(name + "-not", as: daemon))
    }

    @Test("this very process is among the programs that run")
    func programs() { #expect(RunningProgram.all().contains { $0.arguments == CommandLine.arguments }) }

    @Test("the release of this kernel begins with a number")
    func release() { #expect(KernelRelease.text.first?.isNumber == true) }
}

struct ToolOutputTests {
    @Test("what a program prints is its output") func prints() {
        #expect(ToolOutput.of(["echo", "two words"]).map { String(decoding: $0, as: UTF8.self) } == "two words\n")
    }

    @Test("a program that fails, is not there, or does not end has none")
    func none() {
        #expect(ToolOutput.of(["false"]) == nil)
        #expect(ToolOutput.of(["vipd-no-such-program"]) == nil)
        #expect(ToolOutput.of(["sleep", "60"], within: .milliseconds(50)) == nil)
    }
}

struct ScratchNamespaceTests {
    @Test(
        "a lease is tried where no link of this machine is: on the loopback of a new namespace",
        .enabled(if: UserAccount.isRoot))
    func lease() throws {
        let before = try RouteSocket().links()
        let found = try ScratchNamespace.run { () -> (links: [String], valid: UInt32?)? in
            guard let route = try? RouteSocket(), let links = try? route.links() else { return nil }
            _ = route.setAddresses([.init(192, 0, 2, 1)], lifetimeSeconds: 2, interfaceIndex: 1)
            return (links.map(\.name), (try? route.addresses())?.first { $0.prefixLength == 32 }?.validSeconds)
        }
        #expect(found?.links.contains("lo") == true)
        #expect(found?.valid == 2 || found?.valid == 1)
        #expect(try RouteSocket().links().map(\.name) == before.map(\.name))
    }
}
