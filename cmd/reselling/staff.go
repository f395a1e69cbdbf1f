package main

import (
	"fmt"

	"reselling/models"
)

type staffCommands struct {
	Add addStaffCommand `cmd:"" help:"Invite an employee of the vendor by mail, and print the link."`
}

type addStaffCommand struct {
	databaseSettings
	Email string `arg:"" help:"The mail address of the employee."`
	Role  string `enum:"administrator,customer_success,finance,support" default:"administrator" help:"What they may do: ${enum} (${default})."`
	Name  string `help:"Their name, which they can change."`
}

// Run prints the invitation's link: the first administrator can't be invited on a page.
func (c *addStaffCommand) Run(p *program) error {
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	in, link, err := store.InviteStaff(p.ctx, models.System, models.StaffInvitation{Email: c.Email, Name: c.Name, Role: models.StaffRole(c.Role)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is invited to the vendor's staff. Open this link until %s UTC:\n\n%s\n\n", in.Email, in.ExpiresAt.Format("2 January 2006, 15:04"), link)
	return err
}
