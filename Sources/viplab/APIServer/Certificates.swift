// A certificate authority for the length of a lab, and one certificate by it, as an API server has: made by openssl.
import Foundation

/// The files of a lab's certificates. The keys have no passphrase, can be read by root only, and go with the lab; the
/// certificates can be read by everyone, as vipd-check has to.
struct Certificates: Sendable {
    /// The authority's own certificate: what clients trust.
    let authority: String
    let certificate: String
    let key: String

    /// Makes them in a new folder: an authority, and a server's certificate for these addresses, signed by it.
    /// - Throws: `Skipped` where openssl is missing or older than 3.0
    init(in folder: String, addresses: [String]) throws {
        guard let openssl = Tool.find("openssl") else {
            throw Skipped(reason: "openssl is missing: apt-get install openssl")
        }
        let version = try Tool.need([openssl, "version"])
        guard
            let major = version.split(separator: " ").dropFirst().first?.split(separator: ".").first.flatMap({ Int($0) }
            ),
            major >= 3
        else { throw Skipped(reason: "\(version) cannot sign with req -CA: openssl 3.0 is needed") }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        (authority, certificate, key) = ("\(folder)/ca.crt", "\(folder)/server.crt", "\(folder)/server.key")
        let configuration = "\(folder)/openssl.cnf"
        try Self.configuration(addresses).write(toFile: configuration, atomically: true, encoding: .utf8)
        func make(_ extensions: String, subject: String, _ key: String, _ certificate: String, by: [String]) throws {
            try Tool.need(
                [
                    openssl, "req", "-x509", "-config", configuration, "-extensions", extensions, "-subj",
                    "/CN=\(subject)",
                ]
                    + ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
                    + ["-keyout", key, "-out", certificate] + by)
        }
        let authorityKey = "\(folder)/ca.key"
        try make("authority", subject: "viplab", authorityKey, authority, by: [])
        try make("server", subject: "kube-apiserver", key, certificate, by: ["-CA", authority, "-CAkey", authorityKey])
    }

    /// The extensions of both certificates (RFC 5280): x509v3_config(5).
    private static func configuration(_ addresses: [String]) -> String {
        """
        [req]
        distinguished_name = name
        [name]
        [authority]
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign
        [server]
        basicConstraints = critical, CA:FALSE
        keyUsage = critical, digitalSignature
        extendedKeyUsage = serverAuth
        subjectAltName = \(addresses.map { "IP:\($0)" }.joined(separator: ", "))

        """
    }
}
