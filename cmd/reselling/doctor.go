package main

type doctorCommand struct{ databaseSettings }

// Run checks what this installation depends on.
func (c *doctorCommand) Run(p *program) error { return nil }
