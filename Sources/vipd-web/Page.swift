// The files of the page, which are in the program itself. Deliberately not here: what is in them (the folder Page).

/// What is served of the page, by its path.
enum Page {
    static func file(at path: String) -> Answer? {
        switch path {
        case "/": Answer(.html, PackageResources.page_html)
        case "/page.css": Answer(.css, PackageResources.page_css)
        case "/page.js": Answer(.script, PackageResources.page_js)
        case "/dom.js": Answer(.script, PackageResources.dom_js)
        case "/group.js": Answer(.script, PackageResources.group_js)
        case "/history.js": Answer(.script, PackageResources.history_js)
        case "/timeline.js": Answer(.script, PackageResources.timeline_js)
        case "/page.svg", "/favicon.ico": Answer(.icon, PackageResources.page_svg)
        default: nil
        }
    }
}
