import Testing

@testable import vipd_web

struct HostCheckTests {
    @Test(
        "names of the machine itself are let through, whatever port a tunnel gives them",
        arguments: [
            "localhost", "LOCALHOST:9210", "127.0.0.1", "127.0.0.1:80", "127.255.0.7:1", "[::1]", "[::1]:9210",
            "localhost.", "Localhost.:9210",
        ])
    func own(host: String) {
        #expect(HostCheck.isOwn(host))
    }

    @Test(
        "any other name may be one that a foreign page has resolve to the loopback",
        arguments: [
            "evil.example", "evil.example:9210", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.211",
            "127.0.0", "127.0.0.256", "127.0.0.1:x", "127.0.0.1:80:80", "[::2]", "[::1", "[::1]x", "::1", "",
            "127.0.0.1 ", "0.0.0.0", "127.0.0.0001", "127.0.0.+1", "localhost..", "127.0.0.1.", ".localhost",
        ])
    func foreign(host: String) {
        #expect(!HostCheck.isOwn(host))
    }

    @Test(
        "a host is a name or an address with or without a port",
        arguments: ["localhost", "a.example:9210", "[fe80::1]:80", "x_y", "%41", ""])
    func wellFormed(host: String) {
        #expect(HostCheck.isWellFormed(host))
    }

    @Test(
        "what no host is made of is none", arguments: ["a b", "a/b", "me@a", "a\\b", "<a>", "é", "a\t", "a?b", "a#b"])
    func malformed(host: String) {
        #expect(!HostCheck.isWellFormed(host))
    }
}
