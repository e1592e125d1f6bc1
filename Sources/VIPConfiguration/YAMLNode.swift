// A YAML document as a tree in which each node knows its place in the text.
// Deliberately not here: what a key or a value means, and libyaml (YAMLParser).

/// A node of a YAML document.
struct YAMLNode: Equatable {
    enum Content: Equatable {
        /// A text as it stands, quotes and escapes undone. `isPlain`: it was written without quotes.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// The entries in the file's order; a key may stand in it twice, which is for the reader of the tree to judge.
        case mapping([Entry])
    }

    /// A key and its value.
    struct Entry: Equatable {
        let key: String
        let keyMark: Mark
        let value: YAMLNode
    }

    /// Where the node begins.
    let mark: Mark
    let content: Content

    /// True for what YAML calls null: nothing at all, `~` or `null`, without quotes.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What the node is, for an error: "a list".
    var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a set of keys"
        }
    }
}
