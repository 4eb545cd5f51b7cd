"""Command line: parse, call, print. Each command imports what it needs when it runs, so that --help is instant."""
