package models

// DummyChecks is how often s checked a password against nobody's hash.
func DummyChecks(s *Store) int64 { return s.hasher.dummies.Load() }
