// A plot as SVG text: medians with whiskers over a few categories. No scripts, no fonts of its own, readable on light and on
// dark ground. What is plotted is BenchPlots'.

/// A value with its spread, in the unit of the plot.
struct PlotPoint: Equatable {
    let median: Double
    let lowerQuartile: Double
    let upperQuartile: Double
    let least: Double
    let greatest: Double
}

/// Categories along, values up, a mark for each daemon.
struct Plot {
    struct Line {
        let name: String
        /// By category; nil: nothing was measured.
        let points: [PlotPoint?]
    }

    let title: String
    let categories: [String]
    let categoryTitle: String
    /// With the unit.
    let valueTitle: String
    /// Whether a line leads from one category to the next: where these are sizes.
    let isConnected: Bool
    var lines: [Line]

    var isEmpty: Bool { lines.allSatisfy { $0.points.allSatisfy { $0 == nil } } }

    private static let size = (width: 860.0, height: 420.0)
    private static let margin = (left: 78.0, right: 20.0, top: 64.0, bottom: 62.0)
    /// From here on, least to greatest, values are set on a logarithmic scale.
    private static let logarithmicFrom = 20.0

    private var scale: PlotScale {
        let values = points.flatMap { [$0.least, $0.greatest] }
        let (least, greatest) = (values.filter { $0 > 0 }.min() ?? 0.1, max(values.max() ?? 1, 0.1))
        return PlotScale(
            least: least, greatest: greatest, isLogarithmic: greatest / least >= Self.logarithmicFrom)
    }

    private func x(_ category: Int) -> Double {
        let width = Self.size.width - Self.margin.left - Self.margin.right
        return Self.margin.left + width * (Double(category) + 0.5) / Double(max(categories.count, 1))
    }

    private func y(_ value: Double, _ scale: PlotScale) -> Double {
        let height = Self.size.height - Self.margin.top - Self.margin.bottom
        return Self.margin.top + height * (1 - scale.position(of: value))
    }

    var svg: String {
        let (width, height) = (Int(Self.size.width), Int(Self.size.height))
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
                + " viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(Self.escaped(title))\">",
            "<title>\(Self.escaped(title))</title>", Self.style,
            "<rect class=\"ground\" width=\"\(width)\" height=\"\(height)\"/>",
            text(title, x: Self.margin.left, y: 24, "title", anchor: "start"),
        ]
        return (head + axes + legend + lines.indices.flatMap(marks) + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var axes: [String] {
        let (left, right) = (Self.margin.left, Self.size.width - Self.margin.right)
        let bottom = Self.size.height - Self.margin.bottom
        let scale = scale
        var elements = scale.ticks.flatMap { tick -> [String] in
            let height = y(tick, scale)
            return [
                Self.line(left, height, right, height, "grid"),
                text(label(of: tick, scale), x: left - 8, y: height + 4, "tick", anchor: "end"),
            ]
        }
        elements.append(Self.line(left, bottom, right, bottom, "axis"))
        elements += categories.indices.flatMap { category in
            // A line of text for each line of the category.
            categories[category].split(separator: "\n").enumerated().map { row, part in
                text(String(part), x: x(category), y: bottom + 16 + 13 * Double(row), "tick", anchor: "middle")
            }
        }
        elements.append(
            text(categoryTitle, x: (left + right) / 2, y: Self.size.height - 10, "label", anchor: "middle"))
        let middle = (Self.margin.top + bottom) / 2
        elements.append(
            "<text class=\"label\" text-anchor=\"middle\" transform=\"translate(18 \(Self.number(middle))) rotate(-90)\">"
                + "\(Self.escaped(valueTitle + (scale.isLogarithmic ? ", logarithmic" : "")))</text>")
        return elements
    }

    private var legend: [String] {
        let names = lines.enumerated().flatMap { index, line -> [String] in
            let x = Self.margin.left + 8 + Double(index) * 150
            return [Self.mark(index, x: x, y: 44), text(line.name, x: x + 12, y: 48, "label", anchor: "start")]
        }
        guard points.contains(where: { $0.least < $0.greatest }) else { return names }
        let key = "mark: median; thick: quartiles; thin: least, greatest"
        return names + [text(key, x: Self.size.width - Self.margin.right, y: 24, "tick", anchor: "end")]
    }

    private var points: [PlotPoint] { lines.flatMap(\.points).compactMap { $0 } }

    /// Where values lie on the bottom that are below it, its tick says so: zeroes, most often.
    private func label(of tick: Double, _ scale: PlotScale) -> String {
        let isBottom = scale.isLogarithmic && tick == scale.ticks[0] && points.contains { $0.median < tick }
        return (isBottom ? "≤ " : "") + scale.label(of: tick)
    }

    /// The marks of one daemon, beside those of the others.
    private func marks(_ index: Int) -> [String] {
        let scale = scale
        let offset = (Double(index) - Double(lines.count - 1) / 2) * 14
        var elements: [String] = []
        var last: (x: Double, y: Double)?
        for (category, point) in lines[index].points.enumerated() {
            guard let point else {
                last = nil
                continue
            }
            let x = x(category) + offset
            let height = y(point.median, scale)
            if isConnected, let last { elements.append(Self.line(last.x, last.y, x, height, "way c\(index)")) }
            last = (x, height)
            elements += [
                Self.line(x, y(point.least, scale), x, y(point.greatest, scale), "thin c\(index)"),
                Self.line(x, y(point.lowerQuartile, scale), x, y(point.upperQuartile, scale), "thick c\(index)"),
                Self.mark(index, x: x, y: height),
            ]
        }
        return elements
    }

    /// A disc, a square, a diamond: told apart without colours, too.
    private static func mark(_ index: Int, x: Double, y: Double) -> String {
        switch index % 3 {
        case 0: return "<circle class=\"f\(index)\" cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"4.5\"/>"
        case 1:
            return "<rect class=\"f\(index)\" x=\"\(number(x - 4))\" y=\"\(number(y - 4))\" width=\"8\" height=\"8\"/>"
        default:
            let corners = [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)]
            let points = corners.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
            return "<polygon class=\"f\(index)\" points=\"\(points)\"/>"
        }
    }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line class=\"\(style)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>"
    }

    private func text(_ text: String, x: Double, y: Double, _ style: String, anchor: String) -> String {
        "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">"
            + "\(Self.escaped(text))</text>"
    }

    private static func number(_ value: Double) -> String { rounded(value, to: 1) }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }

    /// Blue, orange and green of Okabe and Ito's palette, which colour-blind readers can tell apart.
    private static let style = """
        <style>
        .ground { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2328 }
        .title { font-size: 15px; font-weight: 600 } .tick { font-size: 11px; fill: #59636e }
        .grid { stroke: #d1d9e0; stroke-width: 0.7 } .axis { stroke: #59636e; stroke-width: 1 }
        .thin { stroke-width: 1.2 } .thick { stroke-width: 4; opacity: 0.55 } .way { stroke-width: 1; opacity: 0.6 }
        .c0 { stroke: #0072b2 } .c1 { stroke: #d55e00 } .c2 { stroke: #009e73 }
        .f0 { fill: #0072b2 } .f1 { fill: #d55e00 } .f2 { fill: #009e73 }
        @media (prefers-color-scheme: dark) {
        .ground { fill: #0d1117 } text { fill: #e6edf3 } .tick { fill: #9198a1 }
        .grid { stroke: #30363d } .axis { stroke: #9198a1 }
        .c0 { stroke: #56b4e9 } .c1 { stroke: #e69f00 } .c2 { stroke: #2fd19b }
        .f0 { fill: #56b4e9 } .f1 { fill: #e69f00 } .f2 { fill: #2fd19b }
        }
        </style>
        """
}

/// An axis of values: where a value lies, from 0 at the bottom to 1 at the top, and the lines across.
struct PlotScale: Equatable {
    let isLogarithmic: Bool
    private let bottom: Double
    private let top: Double
    let ticks: [Double]

    /// - Parameters:
    ///   - least: above zero
    ///   - greatest: above zero, not below `least`
    init(least: Double, greatest: Double, isLogarithmic: Bool) {
        self.isLogarithmic = isLogarithmic
        if isLogarithmic {
            let (low, high) = (Self.power(below: least), Self.power(below: greatest * 9.999999))
            var ticks = [low]
            while ticks[ticks.count - 1] < high * 0.999 { ticks.append(ticks[ticks.count - 1] * 10) }
            self.ticks = ticks
            (bottom, top) = (low, ticks[ticks.count - 1])
        } else {
            // Four to ten steps of 1, 2 or 5 times a power of ten.
            let power = Self.power(below: greatest / 4)
            let step = power * ([5.0, 2, 1].first { greatest / (power * $0) >= 4 } ?? 1)
            let count = Int((greatest / step).rounded(.up))
            ticks = (0...count).map { Double($0) * step }
            (bottom, top) = (0, Double(count) * step)
        }
    }

    /// The greatest power of ten that is not above `value`.
    private static func power(below value: Double) -> Double {
        var power = 1.0
        while power > value { power /= 10 }
        while power * 10 <= value { power *= 10 }
        return power
    }

    /// What is below the bottom lies on it: a logarithmic axis has no zero.
    func position(of value: Double) -> Double {
        guard isLogarithmic else { return (value - bottom) / (top - bottom) }
        guard value > bottom else { return 0 }
        return Self.decades(value / bottom) / Self.decades(top / bottom)
    }

    /// The logarithm to ten of a value of 1 or more.
    private static func decades(_ value: Double) -> Double {
        // log2 by the exponent, and what is left of it by squaring: the standard library has no logarithm.
        var mantissa = value.significand
        var result = Double(value.exponent)
        var bit = 0.5
        for _ in 0..<40 {
            mantissa *= mantissa
            if mantissa >= 2 {
                mantissa /= 2
                result += bit
            }
            bit /= 2
        }
        return result / 3.321_928_094_887_362
    }

    func label(of tick: Double) -> String {
        let digits = tick == 0 || tick >= 1 ? 0 : tick >= 0.1 ? 1 : tick >= 0.01 ? 2 : 3
        let isWhole = abs(tick - tick.rounded()) < 1e-9
        return rounded(tick, to: isWhole ? 0 : max(digits, 1))
    }
}
