//go:build e2e

package e2e

import "testing"

// TestABankStatementIsMatchedAndConfirmed: finance looks at a statement of the
// bank, records what fits, then pastes another one whose days may be read in two
// ways, says how, and records its line.
func TestABankStatementIsMatchedAndConfirmed(t *testing.T) {
	for name, ways := range map[string][]Way{"with scripts": nil, "without scripts": {NoScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portal := Start(t, "RESELLING_NOW=2026-11-23T15:00:00Z")
			finance := portal.Open(t, ways...)
			finance.SignIn(portal.User("finance"))
			finance.Click("Payments")
			finance.Click("Bank statements")
			finance.See("statement-2026-11.csv")
			finance.CheckLooks()
			finance.Click("statement-2026-11.csv")
			finance.See("Certain")
			finance.See("It bears the account's name")
			finance.CheckLooks()
			finance.Click("Record the ticked lines")
			finance.See("receipts are recorded.")
			finance.Click("Recorded")
			finance.See("Receipt of")
			finance.CheckLooks()
			finance.Click("Left out")
			finance.See("Money that went out")

			finance.Visit("/admin/payments/imports/new")
			finance.Fill("Or paste its lines", "Date,Payer,Details,Amount (USD)\n03/04/2026,Harbor IT Services LLC,Advance,25.00\n")
			finance.CheckLooks()
			finance.Click("Look at it")
			finance.See("Do days or months stand first?")
			finance.Click("Say how it writes them")
			finance.Choose("Days are written", "Day first: 31.12.2026 or 31/12/2026")
			finance.CheckLooks()
			finance.Click("Read it like this")
			finance.See("3 Apr 2026")
			finance.Click("Record row 2")
			finance.Click("Record the ticked lines")
			finance.See("1 receipt is recorded.")
			finance.See("Nothing waits for a decision")
		})
	}
}
