package views

import (
	"reselling/models"
	"reselling/views/paths"
)

// ReplacementForm replaces the Owner of an account as typed.
type ReplacementForm struct {
	Owner        string `form:"owner"`       // the membership of the Owner who was looked at
	Replacement  string `form:"replacement"` // that was under way then
	Successor    string `form:"successor"`   // "member" or "invitation"
	MembershipID string `form:"membership_id"`
	Email        string `form:"owner_email"`
	Former       string `form:"former"` // "admin" or "leaves"
	Reason       string `form:"reason"`
}

// Entry is what was filled in. What belongs to the other way is left out.
func (f ReplacementForm) Entry() models.ReplacementEntry {
	e := models.ReplacementEntry{OwnerID: f.Owner, ReplacementID: f.Replacement, Leaves: f.Former == "leaves", Reason: f.Reason}
	if f.Successor == "member" && f.MembershipID != "" {
		e.MembershipID = f.MembershipID
	} else {
		e.Email = f.Email
	}
	return e
}

// ReplacementPage asks who takes the place of an Owner.
type ReplacementPage struct {
	models.ReplacementView
	Form        ReplacementForm
	Problem     *models.Error
	AskPassword bool
}

func (p ReplacementPage) crumbs() []Crumb {
	return []Crumb{{"Accounts", paths.AdminAccounts()}, {p.Account.Name, paths.AdminAccount(p.Account.ID)}}
}

func (p ReplacementPage) successor() string {
	switch {
	case p.Form.Successor != "":
		return p.Form.Successor
	case len(p.Candidates) == 0:
		return "invitation"
	}
	return "member"
}

func (p ReplacementPage) former() string {
	if p.Form.Former == "" {
		return "admin"
	}
	return p.Form.Former
}

// work is what the Owner looks after, or nothing.
func (p ReplacementPage) work() string {
	var all []string
	if p.Clients > 0 {
		all = append(all, Plural(p.Clients, "client", "clients"))
	}
	if p.Trials > 0 {
		all = append(all, Plural(p.Trials, "running trial", "running trials"))
	}
	return Join(all)
}

func (p ReplacementPage) leavingNote() string {
	if p.work() == "" {
		return "They can’t open the account from their very next click."
	}
	return "They can’t open the account from their very next click. The new Owner looks after their " + p.work() + ", and gets the list by mail."
}
