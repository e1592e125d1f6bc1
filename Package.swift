// swift-tools-version: 6.2
// vipd: a virtual IP that floats between Linux machines, with nothing but ARP.
// Arrows between the targets are those of docs/DESIGN.md; a new one is a decision, not a convenience.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// For targets that touch raw memory: every unsafe use is marked where it stands.
let guarded: [SwiftSetting] = strict + [.strictMemorySafety()]

/// For what runs all the time: no regular expressions, not by accident either. Every module imports them unless told
/// otherwise, and `contains("text")` alone would link a megabyte of them.
let lean: [SwiftSetting] = [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

let package = Package(
    name: "vipd",
    products: [
        .executable(name: "vipd", targets: ["vipd"]),
        .executable(name: "vipd-check", targets: ["vipd-check"]),
        .executable(name: "vipd-web", targets: ["vipd-web"]),
        .executable(name: "viplab", targets: ["viplab"]),
        .executable(name: "vipsim", targets: ["vipsim"]),
        .executable(name: "vipd-fuzz", targets: ["vipd-fuzz"]),
        .library(name: "viplab-allocations", type: .dynamic, targets: ["CVIPAllocations"]),
        .library(name: "viplab-civil-clock", type: .dynamic, targets: ["CVIPCivilClock"]),
    ],
    targets: [
        // The pure core: standard library only.
        .target(name: "VIPWire", swiftSettings: guarded + lean),
        .target(name: "VIPElection", dependencies: ["VIPWire"], swiftSettings: strict + lean),
        // A world of elections in virtual time: nothing in it knows the real one.
        .target(name: "VIPSimulator", dependencies: ["VIPElection", "VIPWire"], swiftSettings: strict),
        // What the daemon and the checker agree on: checks, their state, and the packets between the two.
        .target(name: "VIPHealth", dependencies: ["VIPJSON"], swiftSettings: strict + lean),
        // Words that users type, for whichever program reads them.
        .target(name: "VIPText", swiftSettings: strict + lean),

        // The edges: C libraries, each reached through one door.
        .target(
            name: "CVIPLinux",
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
            linkerSettings: [
                .linkedLibrary("pcap"), .linkedLibrary("mnl"), .linkedLibrary("cap"), .linkedLibrary("systemd"),
                .linkedLibrary("nettle"),
            ]
        ),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),

        .target(name: "VIPLinux", dependencies: ["VIPWire", "CVIPLinux"], swiftSettings: guarded + lean),
        .target(name: "VIPJSON", dependencies: ["CJansson"], swiftSettings: guarded + lean),
        .target(name: "VIPControl", dependencies: ["VIPJSON"], swiftSettings: guarded + lean),
        .target(
            name: "VIPConfiguration", dependencies: ["VIPWire", "VIPHealth", "VIPText", "CYAML"],
            swiftSettings: guarded + lean
        ),
        // From another program's configuration to vipd's: text in, text out.
        .target(
            name: "VIPConvert", dependencies: ["VIPConfiguration", "VIPHealth", "VIPText", "VIPWire"],
            swiftSettings: strict + lean),
        .target(
            name: "VIPDaemon",
            dependencies: ["VIPElection", "VIPWire", "VIPControl", "VIPConfiguration", "VIPHealth", "VIPJSON"],
            swiftSettings: strict + lean
        ),

        // What `vipd doctor` makes of the facts that it gathers: judges without IO.
        .target(
            name: "VIPDoctor", dependencies: ["VIPWire", "VIPJSON", "VIPText"], swiftSettings: strict + lean),

        .executableTarget(
            name: "vipd",
            dependencies: [
                "VIPDaemon", "VIPLinux", "VIPControl", "VIPConfiguration", "VIPConvert", "VIPDoctor", "VIPElection",
                "VIPHealth", "VIPJSON", "VIPText", "VIPWire",
            ],
            swiftSettings: guarded + lean
        ),
        // What processes beside the daemon do to themselves first: they need no right that it has.
        .target(
            name: "CVIPPrivilege",
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
            linkerSettings: [.linkedLibrary("cap")]
        ),
        // The checker is a process of its own, so that TLS, names and programs are nothing the daemon has to do with.
        .target(
            name: "CVIPCheck",
            dependencies: ["CVIPPrivilege"],
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
            linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("systemd")]
        ),
        .executableTarget(
            name: "vipd-check",
            dependencies: ["VIPHealth", "VIPJSON", "VIPText", "CVIPCheck", "CVIPPrivilege"],
            swiftSettings: guarded + lean
        ),
        // So is what shows the daemon to people and to Prometheus: it speaks HTTP with strangers.
        .target(
            name: "CVIPWeb",
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
            linkerSettings: [.linkedLibrary("microhttpd")]
        ),
        .executableTarget(
            name: "vipd-web",
            dependencies: ["VIPControl", "VIPJSON", "VIPText", "CVIPPrivilege", "CVIPWeb"],
            resources: [.embedInCode("Page")],
            swiftSettings: guarded + lean
        ),
        .executableTarget(
            name: "vipsim",
            dependencies: ["VIPSimulator", "VIPElection", "VIPWire"],
            swiftSettings: strict
        ),
        // Whatever reads bytes of strangers, given any bytes; libFuzzer is linked by tools/fuzz alone.
        .systemLibrary(name: "CLibFuzzer"),
        .executableTarget(
            name: "vipd-fuzz",
            dependencies: [
                "VIPWire", "VIPElection", "VIPControl", "VIPConfiguration", "VIPConvert", "VIPHealth", "VIPLinux",
                "CVIPLinux", "CLibFuzzer",
            ],
            swiftSettings: guarded
        ),
        // The lab drives the built binaries from outside, as a user does, so it links none of their code.
        .target(
            name: "CVIPLab",
            cSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"])]
        ),
        // What is preloaded into a daemon to count its allocations; the lab itself uses its header alone.
        .target(
            name: "CVIPAllocations",
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
        ),
        // What is preloaded into a daemon so that its civil time can be set.
        .target(
            name: "CVIPCivilClock",
            cSettings: [
                .treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]),
            ],
        ),
        .executableTarget(name: "viplab", dependencies: ["CVIPLab"], swiftSettings: guarded),

        .testTarget(name: "VIPWireTests", dependencies: ["VIPWire"], swiftSettings: strict),
        .testTarget(name: "VIPElectionTests", dependencies: ["VIPElection", "VIPWire"], swiftSettings: strict),
        .testTarget(
            name: "VIPSimulatorTests",
            dependencies: ["VIPSimulator", "vipsim", "VIPElection", "VIPWire"],
            exclude: ["transcripts"],
            swiftSettings: strict
        ),
        .testTarget(name: "VIPLinuxTests", dependencies: ["VIPLinux", "CVIPLinux", "VIPWire"], swiftSettings: strict),
        .testTarget(
            name: "VIPDoctorTests", dependencies: ["VIPDoctor", "VIPJSON", "VIPWire"], swiftSettings: strict),
        .testTarget(name: "VIPJSONTests", dependencies: ["VIPJSON"], swiftSettings: strict),
        .testTarget(name: "VIPHealthTests", dependencies: ["VIPHealth", "VIPJSON"], swiftSettings: strict),
        .testTarget(name: "VIPControlTests", dependencies: ["VIPControl", "VIPJSON"], swiftSettings: strict),
        .testTarget(
            name: "VIPConfigurationTests", dependencies: ["VIPConfiguration", "VIPHealth", "VIPText", "VIPWire"],
            swiftSettings: strict),
        .testTarget(
            name: "VIPConvertTests", dependencies: ["VIPConvert", "VIPConfiguration", "VIPHealth", "VIPWire"],
            swiftSettings: strict),
        .testTarget(
            name: "VIPDaemonTests",
            dependencies: [
                "VIPDaemon", "VIPElection", "VIPWire", "VIPControl", "VIPConfiguration", "VIPHealth", "VIPJSON",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "vipdTests",
            dependencies: [
                "vipd", "VIPConfiguration", "VIPControl", "VIPDaemon", "VIPDoctor", "VIPJSON", "VIPLinux", "VIPText",
                "VIPWire",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "vipdCheckTests", dependencies: ["vipd-check", "VIPHealth"], swiftSettings: strict),
        .testTarget(
            name: "vipdWebTests", dependencies: ["vipd-web", "VIPControl", "VIPJSON"], swiftSettings: strict),
        .testTarget(name: "viplabTests", dependencies: ["viplab"], swiftSettings: strict),
    ],
    cLanguageStandard: .gnu11
)
