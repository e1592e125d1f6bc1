// The program. Everything else has a name of its own.
import Glibc

exit(Program.run(Array(CommandLine.arguments.dropFirst())))
