// What the tests share: loading a configuration from text that no disk has seen.

import Testing
import VIPConfiguration

/// Loads `yaml` as `vipd.yaml` with `options`, whose path is set here.
func load(_ yaml: String, _ options: RunOptions = RunOptions()) throws(ConfigurationError) -> Configuration {
    try load(Array(yaml.utf8), options)
}

/// The same for bytes, which need not be text.
func load(_ bytes: [UInt8], _ options: RunOptions = RunOptions()) throws(ConfigurationError) -> Configuration {
    var options = options
    options.configPath = "vipd.yaml"
    return try Configuration.load(options: options, readFile: { _ in bytes })
}

/// The error's text, all lines of it; an issue is recorded if there is none.
func refusal(
    _ yaml: String, _ options: RunOptions = RunOptions(), sourceLocation: SourceLocation = #_sourceLocation
) -> String {
    refusal(Array(yaml.utf8), options, sourceLocation: sourceLocation)
}

func refusal(
    _ bytes: [UInt8], _ options: RunOptions = RunOptions(), sourceLocation: SourceLocation = #_sourceLocation
) -> String {
    do {
        let configuration = try load(bytes, options)
        Issue.record("accepted as \(configuration)", sourceLocation: sourceLocation)
        return ""
    } catch {
        return error.description
    }
}

/// A text that must be refused, and how.
struct Refusal: CustomTestStringConvertible {
    let text: String
    let error: String

    init(_ text: String, _ error: String) {
        self.text = text
        self.error = error
    }

    var testDescription: String { error }
}
