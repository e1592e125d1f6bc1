import Foundation
import FoundationXML
import Testing

@testable import viplab

@Suite struct PlotTests {
    /// What an XML parser makes of a picture: its elements and its text.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { elements.append((name, attributes)) }

        func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }
    }

    private static func point(_ median: Double, _ least: Double, _ greatest: Double) -> PlotPoint {
        PlotPoint(median: median, lowerQuartile: median, upperQuartile: median, least: least, greatest: greatest)
    }

    private static func plot(_ points: [PlotPoint?], title: String = "Outage") -> Plot {
        Plot(
            title: title, categories: points.indices.map { "\($0)" }, categoryTitle: "size", valueTitle: "ms",
            isConnected: true, lines: [Plot.Line(name: "vipd", points: points)])
    }

    private static func read(_ plot: Plot) throws -> Reader {
        let (reader, parser) = (Reader(), XMLParser(data: Data(plot.svg.utf8)))
        parser.delegate = reader
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return reader
    }

    @Test("a plot is well-formed XML without scripts, and keeps what its words contain")
    func wellFormed() throws {
        let reader = try Self.read(Self.plot([Self.point(2, 1, 3)], title: "a < b & \"c\""))
        #expect(reader.elements.first?.name == "svg")
        #expect(reader.text.contains("a < b & \"c\""))
        let names = Set(reader.elements.map(\.name))
        #expect(names.isDisjoint(with: ["script", "image", "foreignObject"]))
    }

    @Test("everything that is drawn lies in the picture, on a linear scale and on a logarithmic one")
    func inBounds() throws {
        for greatest in [3.0, 5000] {
            let reader = try Self.read(Self.plot([Self.point(2, 0, 3), nil, Self.point(greatest, 1, greatest)]))
            for (_, attributes) in reader.elements {
                for (name, limit) in [("x1", 860.0), ("x2", 860), ("cx", 860), ("y1", 420), ("y2", 420), ("cy", 420)] {
                    guard let value = attributes[name].flatMap(Double.init) else { continue }
                    #expect((0...limit).contains(value), "\(name) is \(value)")
                }
            }
            #expect(reader.text.contains("logarithmic") == (greatest == 5000))
        }
    }

    @Test("a greater value lies higher, and what was not measured has no mark")
    func order() throws {
        let reader = try Self.read(Self.plot([Self.point(10, 5, 20), nil, Self.point(500, 400, 600)]))
        // The first disc is the legend's.
        let marks = reader.elements.filter { $0.name == "circle" }.dropFirst().compactMap { $0.attributes["cy"] }
        let heights = marks.compactMap(Double.init)
        #expect(heights.count == 2)
        #expect(heights[0] > heights[1])
    }

    @Test("an axis ends at a round number that is not below the greatest value")
    func ticks() {
        #expect(PlotScale(least: 1, greatest: 7, isLogarithmic: false).ticks == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(
            PlotScale(least: 1, greatest: 330, isLogarithmic: false).ticks == [0, 50, 100, 150, 200, 250, 300, 350])
        #expect(PlotScale(least: 3, greatest: 4100, isLogarithmic: true).ticks == [1, 10, 100, 1000, 10000])
        #expect(PlotScale(least: 1, greatest: 100, isLogarithmic: true).ticks == [1, 10, 100])
    }

    @Test("decades of a logarithmic axis are equally far apart")
    func decades() {
        let scale = PlotScale(least: 1, greatest: 1000, isLogarithmic: true)
        for (value, position) in [(1.0, 0.0), (10, 1.0 / 3), (100, 2.0 / 3), (1000, 1), (0, 0)] {
            #expect(abs(scale.position(of: value) - position) < 1e-9)
        }
    }

    @Test(
        "ticks are told without digits that say nothing",
        arguments: [(0.0, "0"), (0.5, "0.5"), (10, "10"), (0.01, "0.01")])
    func labels(tick: Double, text: String) {
        #expect(PlotScale(least: 1, greatest: 10, isLogarithmic: false).label(of: tick) == text)
    }
}
