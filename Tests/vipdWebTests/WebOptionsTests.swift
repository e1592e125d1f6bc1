import Testing
import VIPControl

@testable import vipd_web

struct WebOptionsTests {
    private func options(_ words: [String]) throws -> WebOptions {
        guard case .serve(let options) = try WebOptions.parse(words) else {
            throw UsageError(message: "not a command to serve")
        }
        return options
    }

    @Test("without options it serves the loopback, and asks the daemon where it listens by default")
    func standard() throws {
        #expect(try options([]) == WebOptions(listen: nil, socketPath: ControlClient.defaultPath))
        #expect(ListenAddress.standard.map(\.description) == ["127.0.0.1:9210", "[::1]:9210"])
    }

    @Test("options are taken with = or without, and --listen may be repeated")
    func given() throws {
        let options = try options(["--listen", "192.168.1.211:80", "--listen=[2001:db8::1]:9210", "--socket", "/a b"])
        #expect(options.listen?.map(\.description) == ["192.168.1.211:80", "[2001:db8::1]:9210"])
        #expect(options.socketPath == "/a b")
    }

    @Test("help and version are asked for as everywhere")
    func helpAndVersion() throws {
        #expect(try WebOptions.parse(["--socket", "-h"]) == .help)
        #expect(try WebOptions.parse(["--help"]) == .help)
        #expect(try WebOptions.parse(["--version"]) == .version)
    }

    @Test(
        "a mistake is told with the way out",
        arguments: [
            (["--lisen", "127.0.0.1:1"], "there is no option '--lisen', did you mean '--listen'? see vipd-web --help"),
            (["--sock=/x"], "there is no option '--sock', did you mean '--socket'? see vipd-web --help"),
            (["--quux"], "there is no option '--quux'; see vipd-web --help"),
            (["127.0.0.1:9210"], "'127.0.0.1:9210' is one too many: vipd-web takes options only; see vipd-web --help"),
            (["--listen"], "--listen needs a value: --listen ADDR:PORT"),
            (["--listen", "--socket"], "--listen needs a value: --listen ADDR:PORT"),
            (["--socket="], "--socket needs a value: --socket PATH"),
            (["--socket", "/a", "--socket", "/b"], "--socket is given twice; once is enough"),
            (["--listen", "127.0.0.1:1", "--listen", "127.0.0.1:1"], "--listen 127.0.0.1:1 is given twice"),
            (["--version", "--socket", "/a"], "--version goes with nothing else; leave the rest out"),
        ])
    func mistakes(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try WebOptions.parse(words) }
        #expect(error?.message == message)
    }

    @Test("at most eight addresses are taken")
    func manyAddresses() {
        let words = (1...9).flatMap { ["--listen", "127.0.0.\($0):9210"] }
        #expect(throws: UsageError.self) { try WebOptions.parse(words) }
        #expect(throws: Never.self) { try WebOptions.parse(Array(words.dropLast(2))) }
    }

    @Test(
        "only an address in numbers with a port is one to listen on",
        arguments: [
            "localhost:9210", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1", ":9210",
            "::1:9210", "[::1]", "[127.0.0.1]:9210", "127.0.0.1:9210 ", "1.2.3:9210", "[fe80::1%eth0]:9210",
        ])
    func noAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
