import Testing

@testable import viplab

@Suite struct WebRequestTests {
    @Test("a request without a body is whole at its empty line")
    func get() {
        let text = "GET /version?timeout=3s HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n"
        #expect(WebRequest(Array(text.utf8)) == nil)
        let request = WebRequest(Array("\(text)\r\n".utf8))
        #expect(request?.target == "/version?timeout=3s")
        #expect(request?.fields.contains("connection: close") == true)
        #expect(request?.body == "")
    }

    @Test("a request with a body is whole when all of it has come")
    func post() {
        let head = "POST /vip HTTP/1.1\r\nContent-Length: 7\r\n\r\n"
        #expect(WebRequest(Array("\(head){\"a\":".utf8)) == nil)
        #expect(WebRequest(Array("\(head){\"a\":1}".utf8))?.body == "{\"a\":1}")
    }
}
