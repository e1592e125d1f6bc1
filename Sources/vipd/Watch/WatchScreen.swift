// Lines onto a terminal: only those that changed, in one piece, without flicker; and the alternate screen around it.
// Deliberately not here: what the lines say (WatchPage).
//
// Plain control sequences of ECMA-48 and those that xterm added do, for they are all that is needed of a terminal here, and
// every one since the VT100 has them or passes over them: to place the cursor, to clear, to keep what was on the screen.
// A terminal library (ncurses) would be one more to carry for a handful of constants.
import Glibc
import VIPLinux

struct WatchScreen {
    private let terminal: Terminal
    private var isTaken = false
    /// What the terminal shows once all is written; nil where it is to be cleared first.
    private var shown: [String]?
    /// What it has not taken yet.
    private var pending: ArraySlice<UInt8> = []
    /// The terminal has been closed; nothing is written any more.
    private(set) var isGone = false

    init(terminal: Terminal) { self.terminal = terminal }

    /// True while the terminal has not taken the last picture: the next waits.
    var wantsRoom: Bool { !pending.isEmpty }

    /// The alternate screen, the cursor hidden, and no wrapping at the edge, should a terminal think a character wider than
    /// we do.
    static let enter = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l"
    /// The end of a synchronized update that was cut off, colours off, and the three above undone.
    static let leave = "\u{1b}[?2026l\u{1b}[0m\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"

    /// Takes the terminal, or takes it again after something else may have drawn on it.
    mutating func take() throws(SystemError) {
        try terminal.take()
        shown = nil
        if !isTaken { write(Self.enter) }
        isTaken = true
    }

    /// Gives the terminal back as it was.
    mutating func giveBack() {
        guard isTaken else { return }
        isTaken = false
        // What it has not taken of the last picture is in the middle of a sequence perhaps, which the ESC of this ends.
        pending = []
        write(Self.leave)
        var entry = pollfd(fd: terminal.fileDescriptor, events: Int16(POLLOUT), revents: 0)
        while wantsRoom, unsafe poll(&entry, 1, Self.mostMillisecondsToLeave) > 0 { flush() }
        terminal.giveBack()
    }

    /// A terminal that takes nothing for so long, as behind a dead connection, is left as it is.
    private static let mostMillisecondsToLeave: Int32 = 300

    /// Has everything drawn anew.
    mutating func forget() { shown = nil }

    /// Shows `lines` in a window of so many columns; does nothing while ``wantsRoom``.
    mutating func show(_ lines: [String], columns: Int) {
        guard !wantsRoom, lines != shown else { return }
        write(Self.update(from: shown, to: lines, columns: columns))
        shown = lines
    }

    /// Writes what waits, as far as the terminal takes it.
    mutating func flush() {
        while !pending.isEmpty, !isGone {
            guard let count = terminal.write(pending) else {
                isGone = true
                pending = []
                return
            }
            guard count > 0 else { return }
            pending = pending.dropFirst(count)
        }
    }

    private mutating func write(_ text: String) {
        guard !isGone else { return }
        pending += Array(text.utf8)
        flush()
    }

    /// What turns a screen that shows `old` into one that shows `new`; of nil nothing is known. In a synchronized update:
    /// a terminal that knows those shows it at once, the others as it comes.
    static func update(from old: [String]?, to new: [String], columns: Int) -> String {
        var text = "\u{1b}[?2026h"
        if old == nil { text += "\u{1b}[0m\u{1b}[2J" }
        for (index, line) in new.enumerated() {
            if let old, old.indices.contains(index), old[index] == line { continue }
            // Behind the last column the cursor still stands on it: to clear from there would take the last character.
            text += "\u{1b}[\(index + 1);1H\(line)" + (displayWidth(line) < columns ? "\u{1b}[K" : "")
        }
        return text + "\u{1b}[?2026l"
    }
}
