//go:build e2e

package e2e

import (
	"net/http"
	"testing"
)

// TestAnInvitedMemberIssuesATrial is what the portal is for: staff create an
// account, its Owner builds the team, a colleague issues trials to end clients,
// until the plan's month is used up.
func TestAnInvitedMemberIssuesATrial(t *testing.T) {
	for name, ways := range map[string][]Way{"with scripts": nil, "without scripts": {NoScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portal := Start(t, "RESELLING_NOW=2026-11-23T09:00:00Z")
			staff, owner, colleague, client := portal.Open(t, ways...), portal.Open(t, ways...), portal.Open(t, ways...), portal.Open(t, ways...)

			staff.SignIn(portal.User("administrator"))
			staff.Click("Accounts")
			staff.Click("Add an account")
			staff.Heading("Add an account")
			staff.Fill("Name", "Initech IT")
			staff.Fill("Legal name", "Initech IT GmbH")
			staff.Fill("Address", "Torstraße 12, 10119 Berlin")
			staff.Choose("Country", "Germany")
			staff.Choose("Plan", "Bronze")
			staff.Fill("Owner's mail address", "olivia@initech.example")
			staff.Choose("Time zone", "Berlin")
			staff.Choose("Currency", "EUR")
			staff.Fill("Payment days", "14")
			staff.Fill("Tax rate", "19")
			staff.Click("Add the account")
			staff.Heading("Initech IT")

			accept(owner, staff.mailTo("olivia@initech.example", invitationLink), "Olivia Owner")
			owner.Click("Team")
			owner.Click("Invite users")
			owner.CheckLooks()
			owner.Fill("Mail addresses", "sam@initech.example")
			owner.Click("Send the invitations")
			owner.See("sam@initech.example")

			accept(colleague, staff.mailTo("sam@initech.example", invitationLink), "Sam Seller")
			colleague.See("You are not in the Reselling team yet")
			colleague.See("Olivia Owner can add you")
			colleague.VisitRefused("/trials/new", http.StatusForbidden)

			owner.Click("Team")
			owner.Click("Reselling")
			owner.See("So far it is only you")
			owner.clickOn(owner.find("Add users", []string{"DisclosureTriangle"}), "Add users") // and not the link below
			owner.CheckLooks()
			owner.Click("sam@initech.example")
			owner.Within("They see clients and trials from their next click.").Click("Add users")
			owner.See("Sam Seller")
			owner.DontSee("So far it is only you")

			colleague.Visit("/")
			colleague.Click("Trials")
			issueTrial(colleague, "Initrode GmbH", "ina@initrode.example")
			colleague.Heading("Initrode GmbH")
			colleague.See("Trial of Studio Pro")
			colleague.See("7 days left")

			client.Visit(staff.mailTo("ina@initrode.example", `http://[\w.:]+/l/[\w.-]+`))
			client.Heading("Studio Pro")
			client.See("Licensed to Initrode GmbH")
			client.See("7 days left")
			if key := client.Value("Your licence key"); len(key) < 100 {
				t.Errorf("the key is %q", key)
			}
			client.Click("I want to buy")
			client.See("They know that you want to buy")

			colleague.Click("Trials")
			colleague.See("1 of 2")
			issueTrial(colleague, "Globex AG", "gil@globex.example")
			colleague.Heading("Globex AG")

			colleague.Visit("/trials")
			issueTrial(colleague, "Hooli KG", "hans@hooli.example")
			if colleague.Status() != http.StatusConflict {
				t.Errorf("the third trial is answered with %d", colleague.Status())
			}
			colleague.See("All 2 trials of November are used")
			colleague.See("New ones from 1 December, 00:00 (Berlin)")
			if kept := colleague.Value("Company"); kept != "Hooli KG" {
				t.Errorf("the refused form holds the company %q", kept)
			}
			colleague.Visit("/trials")
			colleague.DontSee("Hooli KG")
		})
	}
}

const invitationLink = `http://[\w.:]+/invitations/[\w.-]+`

// accept follows an invitation as somebody who is not a user yet.
func accept(b *Browser, link, name string) {
	b.t.Helper()
	b.Visit(link)
	b.Heading("Join Initech IT")
	b.Fill("Your name", name)
	b.Fill("Choose a password", "seven green bottles of ink")
	b.Click("Create your user and accept")
	b.See("You have joined the account.")
}

// issueTrial issues a trial of Studio Pro to a new client, from the list of trials.
func issueTrial(b *Browser, company, email string) {
	b.t.Helper()
	b.Click("Issue a trial")
	b.Heading("Issue a trial")
	b.Click("Studio Pro")
	b.Click("A new client")
	b.Fill("Company", company)
	b.Fill("Mail address", email)
	b.Click("Issue the trial")
}
