// Checks of servers with TLS: which certificates are good, and what is said of those that are not.

import Glibc
import Testing
import VIPHealth

@Suite(.enabled(if: hasOpenSSL, "openssl is not installed")) struct TLSCheckTests {
    private func verdict(_ probe: HTTPProbe) throws -> Verdict { try CheckerProcess().verdict(.http(probe)) }

    @Test("a server whose certificate an authority signed for its address passes, and so does any with `insecure`")
    func good() throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "IP:127.0.0.1")
        let server = try TLSServer(certificates, "server")
        let expected = Verdict(passed: true, message: "HTTP 200")
        #expect(try verdict(HTTPProbe(urls: [server.url], caFile: certificates.path("ca.pem"))) == expected)
        #expect(try verdict(HTTPProbe(urls: [server.url], isInsecure: true)) == expected)
    }

    @Test("a certificate of another authority is named as such")
    func unknownAuthority() throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "IP:127.0.0.1")
        let server = try TLSServer(certificates, "server")
        let other = certificates.path("other.pem")
        #expect(
            try verdict(HTTPProbe(urls: [server.url], caFile: other))
                == Verdict(passed: false, message: "certificate is signed by no authority in \(other)"))
        let system = try verdict(HTTPProbe(urls: [server.url]))
        #expect(!system.passed)
        // A system without ca-certificates has no list.
        #expect(system.message.contains("list"), "\(system.message)")
    }

    @Test("an expired certificate is named as such, and good with `insecure`")
    func expired() throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "IP:127.0.0.1", isExpired: true)
        let server = try TLSServer(certificates, "server")
        #expect(
            try verdict(HTTPProbe(urls: [server.url], caFile: certificates.path("ca.pem")))
                == Verdict(
                    passed: false, message: "certificate has expired: it was good until 2020-01-02 00:00:00 GMT"))
        #expect(try verdict(HTTPProbe(urls: [server.url], isInsecure: true)).passed)
    }

    @Test("a certificate for another host is named as such")
    func otherHost() throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "DNS:elsewhere.example")
        let server = try TLSServer(certificates, "server")
        #expect(
            try verdict(HTTPProbe(urls: [server.url], caFile: certificates.path("ca.pem")))
                == Verdict(passed: false, message: "certificate does not match 127.0.0.1"))
    }

    @Test("a server that wants a client certificate gets it")
    func clientCertificate() throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "IP:127.0.0.1")
        try certificates.make("client", for: "DNS:client")
        let server = try TLSServer(certificates, "server", asksForCertificate: true)
        var probe = HTTPProbe(urls: [server.url], caFile: certificates.path("ca.pem"))
        #expect(try !verdict(probe).passed)
        probe.certificateFile = certificates.path("client.pem")
        probe.keyFile = certificates.path("client.key")
        #expect(try verdict(probe) == Verdict(passed: true, message: "HTTP 200"))
        // The key of another certificate does not fit.
        probe.keyFile = certificates.path("server.key")
        let misfit = try verdict(probe)
        #expect(!misfit.passed)
        #expect(misfit.message.hasPrefix("cannot use the client certificate"), "\(misfit.message)")
    }

    @Test("a file that cannot be read is named, with who should read it")
    func unreadableFiles() throws {
        let certificates = try Certificates()
        try certificates.make("client", for: "DNS:client")
        let server = try WebServer { $0.waitForEnd() }
        var probe = HTTPProbe(urls: [server.url(scheme: "https")], caFile: "/nonexistent/ca.pem")
        #expect(
            try verdict(probe)
                == Verdict(
                    passed: false,
                    message: "cannot read the file of authorities /nonexistent/ca.pem: No such file or directory"))
        let key = certificates.path("client.key")
        chmod(key, 0)
        (probe.caFile, probe.certificateFile, probe.keyFile) = (nil, certificates.path("client.pem"), key)
        let unreadable = try verdict(probe)
        #expect(unreadable.message.hasPrefix("cannot read the client key \(key): Permission denied; let the user "))
        let pipe = try LifeLine(in: certificates.folder)
        probe.keyFile = pipe.path
        #expect(try verdict(probe).message == "cannot read the client key \(pipe.path): it is no regular file")
        probe.keyFile = try certificates.folder.file("text", "this is no key")
        let useless = try verdict(probe)
        #expect(useless.message.hasPrefix("cannot use the client certificate"), "\(useless.message)")
    }

    @Test("a server without TLS fails")
    func noTLS() throws {
        let server = try WebServer("200 OK")
        let plain = try CheckerProcess().verdict(
            .http(HTTPProbe(urls: [server.url(scheme: "https")], isInsecure: true)), timeout: .seconds(3))
        #expect(!plain.passed)
    }
}
