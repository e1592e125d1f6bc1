// Scenarios: `vipd status --watch` on a real terminal, which is a window of tmux that can be typed into, resized and read.
import Foundation

extension Scenario {
    static let watching: [Scenario] = [
        Scenario(
            name: "watch", promise: "status --watch follows the cluster and the window, and outlives the daemon",
            body: watch),
        Scenario(
            name: "watch-leaves", promise: "status --watch leaves the terminal as it was, however it ends",
            body: watchLeaves),
    ]

    private static func watch(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let terminal = try TerminalWindow(in: lab)
            let before = try terminal.modes()
            let watched = lab.nodes[(holder.index + 1) % lab.nodes.count]
            let successor = lab.nodes[(holder.index + 2) % lab.nodes.count]
            func expect(_ complaint: String, _ wanted: (String) -> Bool) throws {
                try terminal.expect(&stage.judge, complaint, wanted)
            }
            try terminal.watch(watched, stage.vipd)
            try expect("the window does not show the cluster") { screen in
                screen.contains("held by \(holder.name)") && lab.nodes.allSatisfy { screen.contains($0.name) }
                    && screen.contains("EVENTS")
            }
            try terminal.resize(columns: 60, rows: 10)
            try expect("a smaller window is not drawn anew") {
                $0.contains("q quits, arrows") && !$0.contains("EVENTS")
            }
            try terminal.type("End")
            try expect("it does not scroll") { $0.contains("EVENTS") }
            try terminal.type("Home")
            try terminal.resize(columns: 110, rows: 30)

            _ = try lab.move(from: holder, to: successor)
            try expect("a move does not show") { $0.contains("held by \(successor.name)") }
            try lab.inflict(.kill, on: watched)
            try expect("the daemon's end does not show") {
                $0.contains("NOT CONNECTED") && $0.contains("held by \(successor.name)")
            }
            try lab.inflict(.start, on: watched)
            try expect("the daemon's start does not show") {
                !$0.contains("NOT CONNECTED") && $0.contains("\(watched.name) *")
            }
            try terminal.type("q")
            try terminal.expect(&stage.judge, before, after: "a daemon's end, and q")
            return ""
        }
    }

    private static func watchLeaves(_ stage: Stage) throws -> String {
        try stage.settledLab { lab, holder in
            let terminal = try TerminalWindow(in: lab)
            let before = try terminal.modes()
            let endings: [(name: String, act: () throws -> Void)] = [
                ("q", { try terminal.type("q") }), ("Ctrl-C", { try terminal.type("C-c") }),
                ("SIGTERM", { try terminal.signal(SIGTERM) }), ("SIGHUP", { try terminal.signal(SIGHUP) }),
                ("Ctrl-Z", { try terminal.type("C-z") }),
            ]
            for ending in endings {
                try terminal.watch(holder, stage.vipd)
                try terminal.expect(&stage.judge, "nothing is drawn before \(ending.name)") {
                    $0.contains("held by \(holder.name)")
                }
                try ending.act()
                try terminal.expect(&stage.judge, before, after: ending.name)
            }
            // It was stopped: in the foreground it draws again, and leaves again.
            try terminal.command("fg")
            try terminal.expect(&stage.judge, "continued, it does not draw") { $0.contains("held by \(holder.name)") }
            try terminal.type("q")
            try terminal.expect(&stage.judge, before, after: "fg and q")
            return endings.map(\.name).joined(separator: ", ")
        }
    }
}

/// A shell in a window of tmux, which goes with the lab.
private final class TerminalWindow {
    private let socket: String
    private let directory: String
    private var count = 0

    init(in lab: Lab) throws {
        guard Tool.find("tmux") != nil else { throw Skipped(reason: "tmux is not installed") }
        socket = "\(lab.directory)/tmux.sock"
        directory = lab.directory
        // In the foreground, so that it is the lab's child.
        _ = try lab.spawnCompanion(
            ["tmux", "-u", "-D", "-f", "/dev/null", "-S", socket], in: lab.network.client, name: "tmux")
        guard try Interrupt.wait(upTo: Bounds.patience, for: { FileManager.default.fileExists(atPath: socket) }) else {
            throw LabError("tmux does not start")
        }
        try tmux([
            "new-session", "-d", "-s", "window", "-x", "110", "-y", "30", "env", "SWIFT_BACKTRACE=enable=no", "bash",
            "--norc", "--noprofile",
        ])
        try waitForShell()
    }

    @discardableResult
    private func tmux(_ words: [String]) throws -> String { try Tool.need(["tmux", "-S", socket] + words) }

    private func ask(_ format: String) throws -> String {
        try tmux(["display-message", "-p", "-t", "window", format]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What the window shows.
    func screen() throws -> String { try tmux(["capture-pane", "-p", "-t", "window"]) }

    /// Expects that the window comes to show what is wanted.
    func expect(_ judge: inout Judge, _ complaint: String, _ wanted: (String) -> Bool) throws {
        var shown = ""
        let isThere = try Interrupt.wait(upTo: Bounds.patience) {
            shown = try screen()
            return wanted(shown)
        }
        judge.expect(isThere, "\(complaint):\n\(shown)")
    }

    /// Presses a key, by tmux's name for it.
    func type(_ key: String) throws { try tmux(["send-keys", "-t", "window", key]) }

    /// Has the shell run a command.
    func command(_ text: String) throws { try tmux(["send-keys", "-t", "window", text, "Enter"]) }

    func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-t", "window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    private var pidFile: String { "\(directory)/watch.pid" }

    /// Starts to watch a node's daemon.
    func watch(_ node: Node, _ vipd: String) throws {
        let command = "exec \(vipd) status --watch --socket \(VipdDaemon.socket(of: node.machine))"
        try self.command("sh -c 'echo $$ >\(pidFile); \(command)'")
        guard try Interrupt.wait(upTo: Bounds.patience, for: { try ask("#{alternate_on}") == "1" }) else {
            throw LabError("vipd status --watch draws nothing: \(try screen())")
        }
    }

    /// Sends the watcher a signal.
    func signal(_ number: Int32) throws {
        let text = try String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let pid = pid_t(text), kill(pid, number) == 0 else { throw LabError("the watcher is gone: \(text)") }
    }

    /// Expects that the terminal stands as it did.
    func expect(_ judge: inout Judge, _ before: String, after what: String) throws {
        let after = try modes()
        judge.expect(after == before, "after \(what) the terminal is \(after), not \(before)")
    }

    private func waitForShell() throws {
        guard try Interrupt.wait(upTo: Bounds.patience, for: { try ask("#{pane_current_command}") == "bash" }) else {
            throw LabError("the shell does not get its terminal back: \(try screen())")
        }
    }

    /// How the terminal stands once the shell has it: its modes, and whether tmux shows the first screen, with a cursor, and
    /// wraps.
    func modes() throws -> String {
        try waitForShell()
        count += 1
        let file = "\(directory)/modes-\(count)"
        try command("stty -a >\(file).new; mv \(file).new \(file)")
        guard try Interrupt.wait(upTo: Bounds.patience, for: { FileManager.default.fileExists(atPath: file) }) else {
            throw LabError("the shell does not take a command: \(try screen())")
        }
        return try String(contentsOfFile: file, encoding: .utf8)
            + ask("alternate #{alternate_on}, cursor #{cursor_flag}, wrap #{wrap_flag}")
    }
}
