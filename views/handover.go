package views

import (
	"reselling/models"
	"reselling/views/paths"
)

// HandoverPage asks who takes over before somebody stops selling.
type HandoverPage struct {
	TeamPage
	models.Handover
	Leaves  Leaving
	Form    RoleForm
	Problem *models.Error
}

// Leaving is how somebody stops selling.
type Leaving string

// The ways to stop selling.
const (
	LeavesAccount   Leaving = "account"
	LeavesReselling Leaving = "reselling"
	LeavesRole      Leaving = "role" // for the reselling role of the form
)

func (p HandoverPage) title() string {
	switch p.Leaves {
	case LeavesReselling:
		return "Remove " + p.Member.Name + " from the Reselling team"
	case LeavesRole:
		return "Make " + p.Member.Name + " " + ResellingRoleName(models.ResellingRole(p.Form.ResellingRole))
	}
	return "Remove " + p.Member.Name + " from " + p.TeamPage.Actor.AccountName
}

func (p HandoverPage) crumbs() []Crumb {
	return []Crumb{{"Team", paths.TeamUsers()}, {p.Member.Name, paths.Membership(p.Member.ID)}}
}

func (p HandoverPage) text() string {
	switch p.Leaves {
	case LeavesReselling:
		return resellingRemovalText(p.Member)
	case LeavesRole:
		return resellingNote(models.ResellingRole(p.Form.ResellingRole)) + " " + p.Member.Name + " can't issue trials any more from their very next click, and is told by mail."
	}
	return removalText(p.Member, p.TeamPage.Actor)
}

func (p HandoverPage) action() string {
	switch p.Leaves {
	case LeavesReselling:
		return paths.ResellingRemoval(p.Member.ID)
	case LeavesRole:
		return paths.ResellingRole(p.Member.ID)
	}
	return paths.MembershipRemoval(p.Member.ID)
}

func (p HandoverPage) submit() string {
	do := "Remove"
	if p.Leaves == LeavesRole {
		do = "Change the role"
	}
	if p.IsNeeded() {
		return do + " and hand over"
	}
	return do
}

func (p HandoverPage) deed() Kind {
	if p.Leaves == LeavesRole {
		return Primary
	}
	return Destructive
}

// amount says what is handed over: "2 clients and 1 running trial".
func (p HandoverPage) amount() string {
	return handoverAmount(p.Clients, p.Trials)
}

func handoverAmount(clients, trials int) string {
	var parts []string
	if clients > 0 {
		parts = append(parts, Plural(clients, "client", "clients"))
	}
	if trials > 0 {
		parts = append(parts, Plural(trials, "running trial", "running trials"))
	}
	return Join(parts)
}

// options are who can take over, the Owner first.
func (p HandoverPage) options() []Option {
	var options []Option
	for _, c := range p.Colleagues {
		label := c.Name
		if c.ID == p.Owner.ID {
			label += ", the Owner"
		}
		options = append(options, Option{c.ID, label, ""})
	}
	return options
}

// asksOnPage reports whether removing m is a page of its own: they may look
// after clients, and the reader may choose who takes over.
func (p TeamPage) asksOnPage(m models.TeamMember) bool {
	hidden := !p.owns()
	return p.Actor.Can(models.ManageClients) && (hidden || m.ResellingRole == models.Seller)
}
