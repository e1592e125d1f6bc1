// The way from flags and file to the configuration.
// Deliberately not here: its steps (ConfigurationFile, YAMLParser, ConfigurationDecoder, Overrides,
// ConfigurationAssembly).

extension Configuration {
    /// The configuration that flags and file make together.
    ///
    /// - The file is `options.configPath`, which must exist, or `Limits.defaultPath`, which need not exist beside
    ///   `--vip`.
    /// - `--vip` replaces the addresses of the file's only group, whose other settings stay, its name among them; a
    ///   file without a group gets one named `default`; with a file of several groups `--vip` is refused.
    /// - `--interface`, `--priority` and `--interval` apply to every group, `--interface` also over a `deviceSelector`.
    /// - A file that says something wrong is refused, even where a flag would override it.
    ///
    /// `readFile` returns a file's bytes, or nil if there is no such file. The error has all problems that were found.
    public static func load(
        options: RunOptions,
        readFile: (String) throws(ConfigurationError) -> [UInt8]? = ConfigurationFile.read
    ) throws(ConfigurationError) -> Configuration {
        let file = options.configPath ?? Limits.defaultPath
        var draft = ConfigurationDraft()
        var problems = ProblemList()
        if let text = try readFile(file) {
            var decoder = ConfigurationDecoder(file: file)
            do {
                let documents = try YAMLParser.parse(text)
                draft =
                    documents.contains(where: ConfigurationDecoder.isTalos)
                    ? decoder.decodeTalos(documents) : decoder.decode(try Self.only(documents))
            } catch {
                throw ConfigurationError(
                    file: file, line: error.mark.line, column: error.mark.column, message: error.message)
            }
            problems = decoder.problems
        } else if options.configPath != nil {
            throw ConfigurationError(file: file, message: "there is no such file; check the path")
        } else if options.vips.isEmpty {
            throw ConfigurationError(
                file: file, message: "there is no such file; write it, or name the address with --vip 192.168.1.210")
        }
        var assembly = ConfigurationAssembly(file: file, problems: problems)
        let configuration = assembly.assemble(draft, Overrides(options, &assembly.problems))
        if let error = assembly.problems.error { throw error }
        return configuration
    }

    /// vipd's own format is one document.
    private static func only(_ documents: [YAMLNode]) throws(YAMLError) -> YAMLNode? {
        guard documents.count > 1 else { return documents.first }
        throw YAMLError(mark: documents[1].mark, message: "a second document begins here; write a single one")
    }
}
