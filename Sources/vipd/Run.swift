// The daemon's composition. Deliberately not here: its parts.

/// Runs the daemon until it is told to stop, and returns its exit code.
func runDaemon(_ arguments: RunArguments) -> Int32 { ExitCode.failure }
