// What a request is for, out of its request line (RFC 9112, section 3.2). Deliberately not here: whether there is such a thing,
// and who may ask for it (Site.swift).

/// The target of a request, its query left out.
struct RequestTarget: Equatable {
    /// The path; what was sent, where that is neither a path nor an http URI with a host.
    let path: String
    /// Host and port of a target in the absolute form, which count instead of the Host field; nil in the origin form.
    let host: String?

    /// Understands `text`, in the origin form (`/metrics`) or in the absolute one (`http://host:9210/metrics`), which a server
    /// must accept though only proxies are sent it.
    init(_ text: String) {
        let scheme = "http://"
        guard text.prefix(scheme.utf8.count).lowercased() == scheme else {
            (path, host) = (text, nil)
            return
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        // A host there must be (RFC 9110, section 4.2.1), and a name and password before it only mislead (4.2.4).
        guard let first = authority.first, first != ":", !authority.contains("@") else {
            (path, host) = (text, nil)
            return
        }
        let path = rest.dropFirst(authority.count)
        (self.path, self.host) = (path.isEmpty ? "/" : String(path), String(authority))
    }
}
