// What the tests share: conversions of texts that no disk has seen, and what vipd makes of the result.

import Testing
import VIPConfiguration

@testable import VIPConvert

/// The files of a test by their paths; a pattern matches those that begin with what is before its first *.
func sources(_ files: [String: String]) -> SourceFiles {
    SourceFiles(
        read: { path throws(SourceFiles.Refusal) in files[path].map { Array($0.utf8) } },
        matches: { pattern in files.keys.filter { $0.hasPrefix(pattern.prefix { $0 != "*" }) }.sorted() })
}

func convert(
    _ text: String, files: [String: String] = [:], configID: String = "main", instances: [String] = []
) throws(ConversionError) -> Conversion {
    var all = files
    all["/etc/k.conf"] = text
    return try Conversion(path: "/etc/k.conf", configID: configID, instances: instances, files: sources(all))
}

/// What vipd reads in the result.
func load(_ conversion: Conversion) throws -> Configuration {
    try Configuration.load(options: RunOptions(configPath: "vipd.yaml")) { _ in Array(conversion.yaml.utf8) }
}

/// The configuration that the text comes to.
func configuration(
    _ text: String, files: [String: String] = [:], configID: String = "main", instances: [String] = []
) throws -> Configuration {
    try load(try convert(text, files: files, configID: configID, instances: instances))
}

/// The only group of the configuration that an instance with these lines comes to.
func group(_ lines: String, beside: String = "") throws -> GroupConfiguration {
    let configuration = try configuration(beside + instance(lines))
    try #require(configuration.groups.count == 1)
    return configuration.groups[0]
}

/// An instance on eth0 with an address.
func instance(_ lines: String, name: String = "VI_1", address: String = "192.168.1.210") -> String {
    """
    vrrp_instance \(name) {
        interface eth0
        virtual_ipaddress {
            \(address)
        }
        \(lines)
    }

    """
}

/// The notes of a conversion, each on a line.
func notes(_ text: String) throws -> [String] { try convert(text).notes.map(\.description) }

/// The error's text; an issue is recorded if there is none.
func refusal(
    _ text: String, files: [String: String] = [:], instances: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) -> String {
    do throws(ConversionError) {
        let conversion = try convert(text, files: files, instances: instances)
        Issue.record("accepted as \(conversion.yaml)", sourceLocation: sourceLocation)
        return ""
    } catch {
        return error.description
    }
}
