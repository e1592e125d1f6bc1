// What a run leaves written down while it lives, so that a later one can clean up after its crash: who owns it, which
// processes it started, which namespaces it made. The text and its meaning only; Cleanup acts on it.
import Foundation

/// The record of one run: lines of words, in the order things happened.
///
///     owner 4711 1880123
///     namespace vl3f2a-sw
///     process 4720 1880190 k8s-controller1
///     directory /tmp/viplab-3f2a-data
struct Record: Equatable {
    var owner: ProcessIdentity?
    var namespaces: [String] = []
    var processes: [ProcessIdentity] = []
    var directories: [String] = []

    /// Reads a record as a crash may have left it: lines that are cut short or unknown are passed over.
    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "owner": owner = Self.identity(words) ?? owner
            case "process": processes += Self.identity(words).map { [$0] } ?? []
            case "namespace" where words.count == 2: namespaces.append(String(words[1]))
            case "directory" where words.count > 1: directories.append(String(line.dropFirst("directory ".count)))
            default: break
            }
        }
    }

    private static func identity(_ words: [Substring]) -> ProcessIdentity? {
        guard words.count >= 3, let pid = Int32(words[1]), pid > 1, let start = UInt64(words[2]) else { return nil }
        return ProcessIdentity(pid: pid, startTicks: start)
    }

    /// What a run calls its directory of data, wherever it has one.
    static func dataDirectory(of id: String) -> String { "viplab-\(id)-data" }

    /// What a sweep has to remove of run `id`; nil while its owner lives. Only namespaces and directories that bear the
    /// run's name count: a damaged record must not cost anybody else's.
    func leftovers(of id: String, isAlive: (ProcessIdentity) -> Bool) -> Record? {
        if let owner, isAlive(owner) { return nil }
        var left = self
        left.namespaces = namespaces.filter { $0.hasPrefix(Namespace.prefix(of: id)) }
        left.processes = processes.filter(isAlive)
        left.directories = directories.filter { $0.hasPrefix("/") && $0.hasSuffix("/\(Self.dataDirectory(of: id))") }
        return left
    }
}

/// The record on disk, appended to as the run goes on: /run/viplab/ID/record.
final class RecordFile {
    static let root = "/run/viplab"

    /// The run's name: four hexadecimal digits that no other run has now.
    let id: String
    var directory: String { "\(Self.root)/\(id)" }
    private let descriptor: Int32

    /// Takes a free id, makes its directory, and writes down the owner: this process.
    init() throws {
        try FileManager.default.createDirectory(atPath: Self.root, withIntermediateDirectories: true)
        var taken = ""
        repeat {
            let digits = String(UInt16.random(in: .min ... .max), radix: 16)
            taken = String(repeating: "0", count: 4 - digits.count) + digits
        } while unsafe mkdir("\(Self.root)/\(taken)", 0o755) != 0 && errno == EEXIST
        id = taken
        let path = "\(Self.root)/\(taken)/record"
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LabError("cannot write \(path)", code: errno) }
        guard let owner = ProcessIdentity.current(getpid()) else { throw LabError("cannot read /proc/self/stat") }
        try append("owner \(owner.pid) \(owner.startTicks)")
    }

    deinit { close(descriptor) }

    func add(namespace: String) throws { try append("namespace \(namespace)") }

    func add(directory: String) throws { try append("directory \(directory)") }

    func add(_ child: ChildProcess) throws {
        try append("process \(child.identity.pid) \(child.identity.startTicks) \(child.name)")
    }

    /// One write(2) a line, so that a crash cuts at most the last.
    private func append(_ line: String) throws {
        let bytes = Array("\(line)\n".utf8)
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
            throw LabError("cannot write \(directory)/record", code: errno)
        }
    }
}
