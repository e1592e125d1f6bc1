// The text format of Prometheus, version 0.0.4. Deliberately not here: what the metrics are (Metrics.swift).

/// Writes families of metrics, one after the other. A family's name and help are written with it, once; of samples with
/// the same labels only the first is kept, since names come off the wire and Prometheus refuses doubles.
struct MetricsText {
    enum Kind: String { case counter, gauge, histogram }

    typealias Labels = KeyValuePairs<String, String>

    private var text = ""
    /// What a family begins with: written with its first sample, since one without samples says nothing.
    private var heading = ""
    private var seen: Set<String> = []

    var bytes: [UInt8] { Array(text.utf8) }

    /// Begins a family; its samples follow. `name` is of letters, digits and underscores.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) -> Family {
        heading = "# HELP \(name) \(Self.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
        return Family(name: name)
    }

    struct Family {
        fileprivate let name: String
    }

    mutating func sample(_ family: Family, _ labels: Labels, _ value: UInt64) {
        write(family.name, labels, String(value))
    }

    mutating func sample(_ family: Family, _ labels: Labels, _ value: Bool) {
        write(family.name, labels, value ? "1" : "0")
    }

    /// A time in seconds, given in milliseconds.
    mutating func sample(_ family: Family, _ labels: Labels, milliseconds: Int64) {
        write(family.name, labels, Self.decimal(milliseconds, digits: 3))
    }

    /// A histogram: `counts` of what fell between the bounds, the last of them beyond all; bounds in milliseconds, the sum
    /// in microseconds.
    mutating func histogram(
        _ family: Family, _ labels: Labels, counts: [UInt64], boundsMs: [Int], sumUs: UInt64
    ) {
        let given = labels.map { ($0.key, $0.value) }
        var total: UInt64 = 0
        for (place, count) in counts.enumerated() {
            total &+= count
            let bound = place < boundsMs.count ? Self.decimal(Int64(boundsMs[place]), digits: 3) : "+Inf"
            write("\(family.name)_bucket", given + [("le", bound)], String(total))
        }
        write("\(family.name)_sum", given, Self.decimal(Int64(clamping: sumUs), digits: 6))
        write("\(family.name)_count", given, String(total))
    }

    private mutating func write(_ name: String, _ labels: Labels, _ value: String) {
        write(name, labels.map { ($0.key, $0.value) }, value)
    }

    private mutating func write(_ name: String, _ labels: [(String, String)], _ value: String) {
        let list = labels.map { "\($0.0)=\"\(Self.escapedLabel($0.1))\"" }.joined(separator: ",")
        let series = list.isEmpty ? name : "\(name){\(list)}"
        guard seen.insert(series).inserted else { return }
        text += heading + "\(series) \(value)\n"
        heading = ""
    }

    /// A label's value: backslash, double quote and line feed are escaped; any other character stands as it is.
    static func escapedLabel(_ value: String) -> String { escaped(value, quote: true) }

    /// A help text: backslash and line feed are escaped.
    static func escapedHelp(_ text: String) -> String { escaped(text, quote: false) }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A whole number of the last of so many decimal places, as in 0.25 for 250 of three; exact, and as short as it goes.
    static func decimal(_ value: Int64, digits: Int) -> String {
        let scale = (0..<digits).reduce(UInt64(1)) { product, _ in product * 10 }
        let (whole, part) = value.magnitude.quotientAndRemainder(dividingBy: scale)
        var fraction = String(part)
        fraction = String(repeating: "0", count: digits - fraction.utf8.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (value < 0 ? "-" : "") + String(whole) + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
