//go:build e2e

package e2e

import "testing"

// TestAPriceIsRequestedAndQuoted: a Seller asks what the price list does not
// have, Customer Success quotes it, the Seller reads the net settlement.
func TestAPriceIsRequestedAndQuoted(t *testing.T) {
	for name, ways := range map[string][]Way{"with scripts": nil, "without scripts": {NoScript}} {
		t.Run(name, func(t *testing.T) {
			portal := Start(t, "RESELLING_NOW=2026-11-23T09:00:00Z")
			seller, success := portal.Open(t, ways...), portal.Open(t, ways...)
			seller.SignIn(portal.User("Gold", "owner"))
			seller.Click("Clients")
			seller.Click("Add a client")
			seller.Fill("Company", "Initrode")
			seller.Fill("Mail address", "ingrid@initrode.example")
			seller.Click("Add the client")
			seller.Click("Request a price")
			seller.Heading("Request a price")
			seller.Choose("Product 1", "Orchestrator SaaS")
			seller.Fill("Seats 1", "3")
			seller.Fill("Quarters 1", "4")
			seller.Click("Request the price")
			seller.Heading("Initrode")
			seller.See("Customer Success quotes next")

			success.SignIn(portal.User("customer_success"))
			success.See("Price requests that wait for a quote")
			success.Click("Orders")
			success.Click("Initrode")
			success.Fill("Orchestrator SaaS, per licence and quarter in EUR", "99.99")
			success.Click("Quote the price")
			success.See("The quote is on its way.")

			seller.Click("Orders")
			seller.Click("Initrode")
			seller.See("Quoted, valid through")
			seller.See("Gold (this plan)")
			seller.See("1,199.88 EUR")
			seller.See("299.97 EUR")
			seller.CheckLooks()
		})
	}
}
