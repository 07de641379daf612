"""What several packages need of the operating system: processes, files and locks, units of display."""
