// One connection of the HTTP library, in a safe form. Deliberately not here: when it is called (WebServer.swift).
import CVIPWeb
import Glibc

/// A connection with its present request. Valid from the moment that the library told of it until it has told that the
/// connection is closed, which whoever keeps it has to heed.
@safe struct Exchange {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// The value of a field of the request, while the request is being told.
    func field(_ name: String) -> String? {
        unsafe cvip_exchange_field(pointer, name).map { unsafe String(cString: $0) }
    }

    func count(ofField name: String) -> Int { Int(unsafe cvip_exchange_field_count(pointer, name)) }

    /// Sends an answer. Returns 0, or less where there is no memory for it.
    func send(_ answer: Answer) -> Int32 {
        unsafe answer.body.withUnsafeBytes { body in
            unsafe Self.with(answer.fields) { fields, count in
                unsafe cvip_exchange_answer(
                    pointer, answer.status.rawValue, fields, count, body.baseAddress, body.count)
            }
        }
    }

    /// Begins a stream, whose bytes the library asks for. Returns 0, or less where there is no memory for it.
    func beginStream() -> Int32 {
        unsafe Self.with(Answer.fields(of: .events)) { fields, count in
            unsafe cvip_exchange_stream(pointer, fields, count)
        }
    }

    /// Puts it aside; its request is told again after `resume`.
    func suspend() { unsafe cvip_exchange_suspend(pointer) }

    /// Goes on with one that was put aside, by `suspend` or since its stream had nothing to send.
    func resume() { unsafe cvip_exchange_resume(pointer) }

    /// Ends the connection, which the library tells of later.
    func abort() { unsafe cvip_exchange_abort(pointer) }

    /// Calls with the fields in C's form.
    private static func with(
        _ fields: [Answer.Field], _ body: (UnsafePointer<cvip_field>?, Int) -> Int32
    ) -> Int32 {
        let texts = unsafe fields.map { unsafe (strdup($0.name), strdup($0.value)) }
        defer {
            unsafe texts.forEach { text in
                unsafe free(text.0)
                unsafe free(text.1)
            }
        }
        let list = unsafe texts.map { unsafe cvip_field(name: $0.0, value: $0.1) }
        return unsafe list.withUnsafeBufferPointer { unsafe body($0.baseAddress, $0.count) }
    }
}
