// A run of an exec check. Deliberately not here: processes (Children.swift).
import Glibc
import VIPHealth

final class ProgramRun: CheckRun {
    private let children: Children
    private let program: String
    private let timeoutMs: Int64
    private var finish: ((Verdict) -> Void)?
    private var pid: pid_t?
    private var output = OutputTail()
    private(set) var deadline: Int64?

    var isBusy: Bool { pid != nil }
    var hasTold: Bool { finish == nil }

    /// Starts the program. `finish` may be called before this returns.
    init(
        _ arguments: [String], timeoutMs: Int64, children: Children, now: Int64, finish: @escaping (Verdict) -> Void
    ) {
        self.children = children
        self.timeoutMs = timeoutMs
        self.finish = finish
        program = arguments.first ?? ""
        let program = ChildProgram(arguments: arguments, environment: ["LANG=C.UTF-8"])
        let started = children.start(
            program, onOutput: { [weak self] in self?.output.take($0) }, onEnd: { [weak self] in self?.ended($0) })
        switch started {
        case .success(let pid):
            self.pid = pid
            deadline = now + timeoutMs
        case .failure(let error): tell(.fail("cannot make a process: \(ErrorText.of(error.number))"))
        }
    }

    func expire(now: Int64) {
        deadline = nil
        kill()
        // Told at once: a process that is stuck in the kernel ends when that pleases.
        tell(.fail("still ran after \(timeoutMs) ms and was killed"))
    }

    func cancel() {
        finish = nil
        deadline = nil
        kill()
    }

    private func kill() {
        if let pid { children.kill(pid) }
    }

    private func ended(_ end: ChildEnd) {
        pid = nil
        deadline = nil
        let lastLine = output.lastLine
        let outcome = ChildWords.outcome(end, program: program)
        switch end {
        case .exited(0): tell(.pass(lastLine ?? outcome))
        case .notRun: tell(.fail(outcome))
        case .exited, .killed: tell(.fail(lastLine.map { "\(outcome): \($0)" } ?? outcome))
        }
    }

    private func tell(_ verdict: Verdict) {
        let tell = finish
        finish = nil
        tell?(verdict)
    }
}

/// How a program ended, in words.
enum ChildWords {
    static func outcome(_ end: ChildEnd, program: String) -> String {
        switch end {
        case .exited(let code): return "exit code \(code)"
        case .killed(let signal): return "killed by signal \(signal) (\(name(ofSignal: signal)))"
        case .notRun(let number): return "cannot run \(program): \(ErrorText.of(number))\(advice(number))"
        }
    }

    private static func name(ofSignal signal: Int32) -> String {
        unsafe strsignal(signal).map { unsafe String(cString: $0) } ?? "unknown"
    }

    private static func advice(_ number: Int32) -> String {
        switch number {
        case ENOENT: "; it, or the interpreter its first line names, is missing"
        case EACCES: "; let the user vipd-check runs as read and execute it"
        case ENOEXEC: "; a script begins with a line like #!/bin/sh"
        default: ""
        }
    }
}
