// Placeholder of the first layout; replaced by this target's own files.
