//go:build e2e

package e2e

import "testing"

// TestFromThePriceRequestToTheClientsInvoice: a Seller asks for a price, Customer
// Success quotes it, the Owner signs the Annex and Customer Success countersigns,
// the Seller places the order, finance records the payment; at that instant the
// licence is active, and the Seller bills the client with a discount.
func TestFromThePriceRequestToTheClientsInvoice(t *testing.T) {
	for name, ways := range map[string][]Way{"with scripts": nil, "without scripts": {NoScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portal := Start(t, "RESELLING_NOW=2026-11-23T15:00:00Z")
			seller, success, owner, finance := portal.Open(t, ways...), portal.Open(t, ways...), portal.Open(t, ways...), portal.Open(t, ways...)
			seller.SignIn(portal.User("Bronze", "seller"))
			seller.Click("Clients")
			seller.Click("Add a client")
			seller.Fill("Company", "Initrode")
			seller.Fill("Mail address", "ingrid@initrode.example")
			seller.Click("Add the client")
			seller.Click("Request a price")
			seller.Choose("Product 1", "Orchestrator SaaS")
			seller.Fill("Seats 1", "1")
			seller.Fill("Quarters 1", "1")
			seller.Click("Request the price")
			seller.See("Customer Success quotes next")
			order := seller.Path()

			success.SignIn(portal.User("customer_success"))
			success.Visit("/admin" + order)
			success.Fill("Orchestrator SaaS, per licence and quarter in USD", "99.99")
			success.Click("Quote the price")
			success.See("The quote is on its way.")
			// The demo's Annex of this account waits for the vendor: the Owner signs another one.
			success.Click("Annexes")
			success.Click("Harbor IT")
			success.Click("Send it back")
			success.Within("Send this Annex back?").Fill("Reason", "Please sign with your full name.")
			success.Within("Send this Annex back?").Click("Send it back")
			success.See("The Annex is sent back.")

			seller.Visit(order)
			seller.See("The order can't be placed yet")

			owner.SignIn(portal.User("Bronze", "owner"))
			owner.Click("Agreement")
			owner.See("Please sign with your full name.")
			owner.Fill("Your full name", "Grace Holloway")
			owner.Click("I have read the text above, may sign it for Harbor IT Services LLC, and agree to it.")
			owner.Click("Sign the Annex")
			owner.See("The Annex is signed.")

			success.Visit("/admin/annexes?state=waiting")
			success.Click("Harbor IT")
			success.Fill("Your full name", "Marcus Lindqvist")
			success.Click("I have read the text above, may sign it for ElectroNeek Robotics Inc., and agree to it.")
			success.Click("Countersign the Annex")
			success.See("The Annex is in force.")

			seller.Visit(order)
			seller.See("Place the order for 89.99 USD")
			seller.Fill("PO number", "PO-4711")
			seller.Click("Place the order for 89.99 USD")
			seller.See("Placed, and waits for its payment")
			seller.CheckLooks()

			finance.SignIn(portal.User("finance"))
			finance.Visit("/admin/invoices?q=PO-4711")
			finance.Visit(finance.LinkMatching(`/admin/invoices/[0-9a-f-]{36}$`))
			finance.Fill("Reference", "WIRE 4711")
			finance.Click("Record the payment")
			finance.See("Paid in full")
			finance.CheckLooks()

			seller.Visit(order)
			seller.See("The licences are active")
			seller.CheckLooks()
			seller.Click("Bill the client")
			seller.Fill("Discount on Orchestrator SaaS", "10")
			seller.Click("Issue the invoice")
			seller.See("Initrode")
			seller.See("89.99 USD")
			seller.CheckLooks()

			owner.Click("Statement")
			owner.See("Payment WIRE 4711")
			owner.CheckLooks()
		})
	}
}
