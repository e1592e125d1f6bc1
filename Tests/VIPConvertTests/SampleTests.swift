// The sample files that Debian's package of keepalived brings along: each is converted, or refused for having nothing
// that vipd does; no word in them is unknown but those that no keepalived knows either.

import Glibc
import Testing
import VIPConfiguration
import VIPConvert

private let folder = "/usr/share/doc/keepalived/samples"

private let samples: [String] = {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name.hasPrefix("keepalived.conf") { names.append(name) }
    }
    return names.sorted()
}()

private var files: SourceFiles {
    SourceFiles(
        read: { path throws(SourceFiles.Refusal) in
            do throws(ConfigurationError) {
                return try ConfigurationFile.read(path, wanted: "a keepalived.conf")
            } catch {
                throw .init(message: error.message)
            }
        }, matches: { _ in [] })
}

@Suite(.enabled(if: !samples.isEmpty, "keepalived's samples are not there: apt-get install keepalived"))
struct SampleTests {
    @Test("Each sample comes to a configuration that vipd takes, with no word unknown", arguments: samples)
    func sample(_ name: String) throws {
        let notes: [ConversionNote]
        do {
            let conversion = try Conversion(path: "\(folder)/\(name)", configID: "high", files: files)
            let configuration = try Configuration.load(options: RunOptions(configPath: "vipd.yaml")) { _ in
                Array(conversion.yaml.utf8)
            }
            #expect(!configuration.groups.isEmpty)
            notes = conversion.notes
        } catch let error as ConversionError {
            #expect(error.message.contains("so there is nothing for vipd to do"))
            notes = error.notes
            #expect(!notes.isEmpty)
        }
        // One sample names the instances of a sync group without "group", which is of a keepalived long gone.
        let unknown = notes.filter { $0.message.contains("unknown directive") && !$0.message.contains("\"VI_") }
        #expect(unknown.isEmpty, "\(unknown.map(\.description))")
    }

    @Test("The samples have instances as well as files that only balance load")
    func kinds() {
        let converted = samples.filter {
            (try? Conversion(path: "\(folder)/\($0)", configID: "high", files: files)) != nil
        }
        #expect(converted.contains("keepalived.conf.vrrp") && converted.contains("keepalived.conf.vrrp.sync"))
        #expect(converted.count < samples.count)
    }
}
