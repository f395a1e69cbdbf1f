//go:build e2e

package e2e

import (
	"net/http"
	"testing"
)

func TestTheOwnershipIsHandedOver(t *testing.T) {
	portal := Start(t)
	owner, admin := portal.Open(t), portal.Open(t, Phone)
	from, to := portal.User("Silver", "owner"), portal.User("Silver", "admin")
	owner.SignIn(from)
	admin.SignIn(to)
	admin.VisitRefused("/team/reselling", http.StatusForbidden)

	owner.Click("Team")
	owner.Click("Transfer the ownership")
	owner.Choose("New Owner", to.Email)
	owner.Click("Offer the ownership")
	owner.See("You have offered the ownership to")
	owner.Visit("/team/reselling") // nothing has changed yet

	admin.Visit("/team/users")
	admin.See("offers you the ownership of")
	admin.Click("Answer the offer")
	admin.Click("Become the Owner")
	admin.Visit("/team/reselling")
	admin.See(from.Email)

	owner.VisitRefused("/team/reselling", http.StatusForbidden)
	owner.Visit("/team/users")
	owner.DontSee("Transfer the ownership")
	owner.Visit("/clients") // still in the Reselling team
}

func TestRemovalTakesEffectAtTheNextClick(t *testing.T) {
	portal := Start(t)
	owner, seller, viewer := portal.Open(t), portal.Open(t), portal.Open(t, NoScript)
	owner.SignIn(portal.User("Gold", "owner"))
	sam, vera := portal.User("Gold", "seller"), portal.User("Gold", "viewer")
	seller.SignIn(sam)
	seller.Click("Clients")
	viewer.SignIn(vera)
	viewer.Click("Clients")

	owner.Visit("/team/users")
	owner.Within(sam.Email).Click("Actions for")
	owner.Within(sam.Email).Click("Remove…")
	owner.See("Who takes over")
	owner.Click("Remove and hand over")
	owner.DontSee(sam.Email)
	seller.Click("Trials")
	seller.Heading("Sign in")

	owner.Visit("/team/reselling")
	owner.Within(vera.Email).Click("Actions for")
	owner.Within(vera.Email).Click("Remove from Reselling…")
	owner.Click("Remove from the Reselling team")
	owner.DontSee(vera.Email)
	viewer.Click("Trials")
	if viewer.Status() != http.StatusForbidden {
		t.Errorf("a click after the removal is answered with %d", viewer.Status())
	}
	viewer.Visit("/")
	viewer.See("You are not in the Reselling team")
	viewer.DontSee("Trials left")
}
