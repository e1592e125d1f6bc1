// Certificates made for a test with the openssl command, and servers that show them.

import Glibc
import Testing

/// Whether the openssl command is there.
let hasOpenSSL = access("/usr/bin/openssl", X_OK) == 0

/// An authority and what it signed, in a folder of its own.
final class Certificates {
    let folder: Folder

    /// Makes the authority `ca` and another one, `other`.
    init() throws {
        folder = try Folder()
        for name in ["ca", "other"] {
            try openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 10 -subj /CN=\(name) "
                    + "-keyout \(name).key -out \(name).pem")
        }
    }

    func path(_ file: String) -> String { "\(folder.path)/\(file)" }

    /// Makes `NAME.pem` and `NAME.key`, signed by `ca`, for the address or host `subject`, as in `IP:127.0.0.1`.
    func make(_ name: String, for subject: String, isExpired: Bool = false) throws {
        _ = try folder.file("\(name).ext", "subjectAltName=\(subject)\n")
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr"
        )
        if isExpired {
            // `openssl x509` has no dates before version 3.4, but `openssl ca` always had.
            _ = try folder.file("index.txt", "")
            _ = try folder.file(
                "ca.conf",
                "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\ndefault_md=sha256\n"
                    + "[p]\ncommonName=supplied\n")
            try openssl(
                "ca -batch -config ca.conf -notext -startdate 20200101000000Z -enddate 20200102000000Z -cert ca.pem "
                    + "-keyfile ca.key -in \(name).csr -extfile \(name).ext -out \(name).pem")
        } else {
            try openssl(
                "x509 -req -days 10 -in \(name).csr -CA ca.pem -CAkey ca.key -set_serial 7 -extfile \(name).ext "
                    + "-out \(name).pem")
        }
        // The checker is another user.
        chmod(path("\(name).key"), 0o644)
    }

    private func openssl(_ arguments: String) throws {
        let pid = try spawn(["/bin/sh", "-c", "cd \(folder.path) && exec openssl \(arguments) >openssl.log 2>&1"])
        guard waitForExit(of: pid) == 0 else {
            throw Failure(text: "openssl \(arguments): \((try? Folder.text(of: path("openssl.log"))) ?? "")")
        }
        chmod(path("ca.pem"), 0o644)
        chmod(path("other.pem"), 0o644)
    }

    struct Failure: Error {
        let text: String
    }
}

/// `openssl s_server`, which answers any GET with a page about the connection.
final class TLSServer {
    let url: String
    private let pid: pid_t

    /// Shows the certificate `name`; with `asksForCertificate` it lets in only who shows one that `ca` signed.
    init(_ certificates: Certificates, _ name: String, asksForCertificate: Bool = false) throws {
        let output = try LifeLine(in: certificates.folder, "\(name)-output")
        let verify = asksForCertificate ? "-Verify 1 -verify_return_error -CAfile ca.pem" : ""
        pid = try spawn([
            "/bin/sh", "-c",
            "cd \(certificates.folder.path) && exec openssl s_server -accept 127.0.0.1:0 -www -cert \(name).pem "
                + "-key \(name).key \(verify) >\(output.path) 2>&1",
        ])
        // "ACCEPT 127.0.0.1:41234"
        var text = output.text(until: "ACCEPT ") ?? ""
        if !text.contains("\n") || text.hasSuffix("ACCEPT ") { text += output.text(until: "\n") ?? "" }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }
        let port = line?.split(separator: ":").last.flatMap { UInt16($0) }
        url = "https://127.0.0.1:\(port ?? 0)/"
        lifeline = output
        try #require(port != nil, "openssl s_server says: \(text)")
    }

    /// Held open, so that the server can go on printing.
    private let lifeline: LifeLine

    deinit {
        kill(pid, SIGKILL)
        _ = waitForExit(of: pid)
    }
}
