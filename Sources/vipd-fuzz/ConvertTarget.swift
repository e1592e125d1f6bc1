// A keepalived.conf: refused with words and a place, or a configuration that vipd itself takes, with notes of one line.
import VIPConfiguration
import VIPConvert

extension Target {
    static let convert = Target(
        name: "convert", summary: "a keepalived.conf that is turned into a configuration", longestInput: 8192
    ) { bytes in
        // What the file includes is the file itself, or one with an instance.
        let included = Array("vrrp_instance included {\nvirtual_ipaddress {\n10.9.8.7\n}\n}\n".utf8)
        let files = SourceFiles(
            read: { path throws(SourceFiles.Refusal) in path == "/k.conf" ? bytes : included }, matches: { [$0] })
        do throws(ConversionError) {
            judge(try Conversion(path: "/k.conf", configID: "main", files: files))
        } catch {
            demand(isOneLine(error.description) && !error.message.isEmpty, "more than a line: \(error)")
            for note in error.notes { judge(note) }
        }
    }

    private static func judge(_ conversion: Conversion) {
        for note in conversion.notes { judge(note) }
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(options: RunOptions(configPath: "vipd.yaml")) { _ in
                Array(conversion.yaml.utf8)
            }
            demand(!configuration.groups.isEmpty, "a configuration without a group")
        } catch {
            fail("vipd refuses what it has written: \(error)")
        }
    }

    private static func judge(_ note: ConversionNote) {
        demand(!note.places.isEmpty, "a note without a place")
        demand(isOneLine(note.description), "more than a line: \(note)")
    }

    private static func isOneLine(_ words: String) -> Bool {
        words.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}
