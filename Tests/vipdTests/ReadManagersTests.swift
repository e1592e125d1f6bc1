import Glibc
import Testing
import VIPDoctor

@testable import vipd

struct ReadManagersTests {
    /// A file system of a few files, by their paths.
    private func withTree<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        var template = Array("/tmp/vipd-tree-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let top = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var made: [String] = []
        defer {
            for path in made.reversed() { remove(path) }
            rmdir(top)
        }
        for (path, text) in files {
            var directory = top
            for part in path.split(separator: "/").dropLast() {
                directory += "/\(part)"
                if mkdir(directory, 0o700) == 0 { made.append(directory) }
            }
            let file = open(top + path, O_WRONLY | O_CREAT, 0o600)
            try #require(file >= 0 && write(file, text, text.utf8.count) == text.utf8.count)
            close(file)
            made.append(top + path)
        }
        return try body(top)
    }

    private let state = "ADMIN_STATE=configured\nNETWORK_FILE=/run/systemd/network/10-netplan-eth0.network\n"

    private func keeps(_ files: [String: String]) throws -> String? {
        var files = files
        files["/run/systemd/netif/links/2"] = state
        return try withTree(files) { ReadManagers.networkd(index: 2, top: $0)?.keeps }
    }

    private func network(_ value: String) -> String { "[Network]\nKeepConfiguration=\(value)\n" }

    @Test("drop-ins of systemd-networkd count by name, whatever their directory, after the file itself")
    func order() throws {
        let file = "/run/systemd/network/10-netplan-eth0.network"
        #expect(try keeps([file: network("static")]) == "static")
        #expect(
            try keeps([file: network("no"), "/etc/systemd/network/10-netplan-eth0.network.d/vipd.conf": network("yes")])
                == "yes")
        #expect(
            try keeps([
                "/etc/systemd/network/10-netplan-eth0.network.d/a.conf": network("yes"),
                "/usr/lib/systemd/network/10-netplan-eth0.network.d/b.conf": network("no"),
            ]) == "no")
    }

    @Test("of drop-ins with one name, that in /etc hides the others")
    func masking() throws {
        #expect(
            try keeps([
                "/etc/systemd/network/10-netplan-eth0.network.d/a.conf": network("yes"),
                "/run/systemd/network/10-netplan-eth0.network.d/a.conf": network("no"),
            ]) == "yes")
    }

    @Test("networkd.conf gives what holds where the link's files say nothing")
    func general() throws {
        #expect(try keeps(["/etc/systemd/networkd.conf": network("dynamic")]) == "dynamic")
        #expect(try keeps([:]) == nil)
    }

    @Test("a link without a state file is not systemd-networkd's")
    func unknown() throws {
        #expect(try withTree(["/etc/hostname": "a"]) { ReadManagers.networkd(index: 2, top: $0) } == nil)
    }
}
