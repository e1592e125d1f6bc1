// A conversion from its first file to its text: reading, mapping, writing, in this order.
// Deliberately not here: each of these steps, and the files themselves, which the caller reads.

import VIPConfiguration
import VIPText

/// What a keepalived.conf comes to as a configuration of vipd's.
public struct Conversion: Sendable {
    /// The configuration, which `Configuration.load` takes: comments with all notes at the top.
    public let yaml: String
    /// What was not carried over, or has become something else, in the order of the files.
    public let notes: [ConversionNote]
    /// How many more notes there were than `notes` holds.
    public let omittedNotes: Int

    /// Converts the `vrrp_instance` blocks of the file at `path` and of all that it includes.
    ///
    /// - `configID` is what lines with @NAME are held against, keepalived's `--config-id`: else the host name up to its
    ///   first dot.
    /// - `instances` are those to convert; all where there are none.
    ///
    /// Throws if a file cannot be read or understood, if an instance is not there, or if nothing is left to convert.
    public init(
        path: String, configID: String, instances: [String] = [], files: SourceFiles
    ) throws(ConversionError) {
        var preprocessor = Preprocessor(files: files, configID: configID, notes: NoteList())
        try preprocessor.read(path)
        let statements = try BlockParser.statements(of: preprocessor.lines)
        var reader = KeepalivedReader(notes: preprocessor.notes)
        reader.read(statements)
        try Self.check(instances, in: reader.file, path)

        var mapping = Mapping(file: reader.file, notes: reader.notes)
        mapping.map(chosen: instances)
        var notes = mapping.notes
        let node = Self.node(of: reader.file, &notes)
        guard !mapping.groups.isEmpty else {
            let found =
                reader.file.instances.isEmpty ? "vrrp_instance" : "vrrp_instance with an IPv4 address on its own link"
            throw ConversionError(
                "there is no \(found) in it, so there is nothing for vipd to do", file: path,
                notes: notes.notes(of: preprocessor.fileNames))
        }
        self.notes = notes.notes(of: preprocessor.fileNames)
        omittedNotes = notes.omitted
        let text = ConfigurationText(
            path: path, node: node, groups: mapping.groups, notes: self.notes, omittedNotes: omittedNotes,
            hasAuthentication: reader.file.instances.contains(where: \.hasAuthentication))
        yaml = text.yaml
        guard yaml.utf8.count <= Limits.fileBytes else {
            throw ConversionError(
                "it comes to more than the \(Limits.fileBytes >> 20) MiB that vipd reads; convert some of the instances",
                file: path)
        }
    }

    private static func check(
        _ instances: [String], in file: KeepalivedFile, _ path: String
    ) throws(ConversionError) {
        let names = file.instances.map(\.name)
        for name in instances where !names.contains(name) {
            let hint = Suggestion.nearest(to: name, among: names).map { "did you mean \($0.quoted)?" }
            let known = names.prefix(8).map(\.printable).joined(separator: ", ") + (names.count > 8 ? "…" : "")
            throw ConversionError(
                "there is no vrrp_instance \(name.quoted); "
                    + (hint ?? (names.isEmpty ? "it has none" : "it has \(known)")), file: path)
        }
    }

    /// The node's name; nil for the host name.
    private static func node(of file: KeepalivedFile, _ notes: inout NoteList) -> String? {
        guard let routerID = file.routerID else { return nil }
        let name = OutputName.name(for: routerID.value, length: Limits.nodeNameLength.upperBound)
        let change = name == routerID.value ? "" : " \(name)"
        notes.add(
            "router_id becomes node\(change), which must differ from machine to machine; without it, it is the host name",
            at: routerID.place)
        return name
    }
}
