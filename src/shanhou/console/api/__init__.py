"""The console for programs: the same readings and jobs, by a token of one person and one case."""
