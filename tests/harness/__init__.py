"""What the tests share: pure imports for unit and property tests, real servers for e2e and faults."""
