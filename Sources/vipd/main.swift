// The program. Everything else has a name of its own.
import Glibc

exit(CommandLineTool().run(Array(CommandLine.arguments.dropFirst())))
