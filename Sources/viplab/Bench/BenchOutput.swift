// The bench's folder: results.json, results.md, and a plot a figure.
import Foundation

struct BenchOutput {
    let directory: String

    static let markdown = "results.md"
    static let json = "results.json"

    /// Makes the folder where it is missing, so that a run of an hour does not end in an error.
    init(_ directory: String) throws {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw LabError(
                "cannot make the folder \(directory): \(error.localizedDescription) Name another one with --output")
        }
        guard unsafe access(directory, W_OK) == 0 else {
            throw LabError("cannot write into \(directory); name another folder with --output", code: errno)
        }
    }

    /// What `write` writes.
    static func names(_ results: BenchResults) -> [String] {
        [markdown, json] + BenchPlots(results).plots.filter { !$0.plot.isEmpty }.map(\.file)
    }

    func writeJSON(_ results: BenchResults) throws { try write(Self.json, results.json()) }

    /// Writes everything. Plots of an earlier run that this one has nothing for go: the folder is of one run.
    func write(_ results: BenchResults) throws {
        try writeJSON(results)
        let text = BenchTables(results).lines(withPictures: true).map { $0 + "\n" }.joined()
        try write(Self.markdown, Data(text.utf8))
        for figure in BenchPlots(results).plots {
            if figure.plot.isEmpty {
                unsafe unlink("\(directory)/\(figure.file)")
            } else {
                try write(figure.file, Data(figure.plot.svg.utf8))
            }
        }
    }

    /// Whole or not at all, so that whoever looks meanwhile finds the last state.
    private func write(_ name: String, _ data: Data) throws {
        let path = "\(directory)/\(name)"
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw LabError("cannot write \(path): \(error.localizedDescription)")
        }
    }
}
