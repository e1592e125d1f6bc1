// RFC 9112, section 3.2: what a request line asks for.

import Testing

@testable import vipd_web

struct RequestTargetTests {
    @Test(
        "the origin form is a path, whatever stands in it",
        arguments: ["/", "/metrics", "//x/y", "/http://x/y", "*", ""])
    func origin(text: String) {
        let target = RequestTarget(text)
        #expect(target.path == text && target.host == nil)
    }

    @Test(
        "the absolute form is a path and the host that counts",
        arguments: [
            ("http://localhost:9210/metrics", "/metrics", "localhost:9210"), ("HTTP://[::1]/", "/", "[::1]"),
            ("http://127.0.0.1", "/", "127.0.0.1"), ("http://evil.example//metrics", "//metrics", "evil.example"),
        ])
    func absolute(text: String, path: String, host: String) {
        let target = RequestTarget(text)
        #expect(target.path == path && target.host == host)
    }

    @Test(
        "a URI without a host, with a password, or of another scheme is no target",
        arguments: [
            "http://", "http:///metrics", "http://:80/", "http://localhost@evil.example/", "https://localhost/", "x",
        ])
    func invalid(text: String) {
        let target = RequestTarget(text)
        #expect(target.path == text && target.host == nil)
    }
}
