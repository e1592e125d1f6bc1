import Glibc
import Testing

@testable import VIPLinux

@Suite struct SystemErrorTests {
    @Test("An error says what failed, why, and the way out, in one line")
    func wholeLine() {
        let error = SystemError(
            operation: "open a packet socket on eth0", errno: -EPERM,
            advice: adviceForInterface(EPERM, capability: "CAP_NET_RAW"))
        #expect(
            "\(error)" == "cannot open a packet socket on eth0: Operation not permitted; "
                + "vipd needs CAP_NET_RAW: run it under systemd or with sudo")
    }

    @Test("An error without advice ends with its cause")
    func withoutAdvice() {
        #expect("\(SystemError(operation: "list the links", errno: EBADMSG))" == "cannot list the links: Bad message")
    }
}
