"""pytest plugin: audits and rates as fixtures for other people's test suites."""
