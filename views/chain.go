package views

import (
	"time"

	"reselling/models"
)

// link is a step of an order's chain as its page shows it.
type link struct {
	title string
	state string // "done", "now" or "ahead"
	at    time.Time
	who   string // must take it now
}

var stepNames = map[models.Step]string{
	models.AnnexStep: "Annex", models.PriceStep: "Price", models.OrderStep: "Order", models.InvoiceStep: "Invoice", models.PaymentStep: "Payment", models.LicenseStep: "Licence",
}

// nextWords says of what is next: which step it takes, what it is called in a
// list, and who must take it.
var nextWords = map[models.NextStep]struct {
	step  models.Step
	label string
	who   string
}{
	models.NextQuote:       {models.PriceStep, "Quote the price", "Customer Success"},
	models.NextAskAgain:    {models.PriceStep, "Ask for the price again", "A Seller or the Owner"},
	models.NextSign:        {models.AnnexStep, "Sign the Annex", "The Owner"},
	models.NextCountersign: {models.AnnexStep, "Countersign the Annex", "Customer Success"},
	models.NextPlace:       {models.OrderStep, "Place the order", "A Seller or the Owner"},
	models.NextPay:         {models.PaymentStep, "Pay the invoice", "The Owner or Billing"},
	models.NextRecord:      {models.PaymentStep, "Record the payment", "The vendor's finance"},
}

// NextStepName says what has to happen next.
func NextStepName(n models.NextStep) string { return nextWords[n].label }

func chainLinks(c models.Chain) []link {
	links := make([]link, 0, len(models.Steps))
	for _, step := range models.Steps {
		l := link{title: stepNames[step], state: "ahead"}
		if at, ok := c.Done[step]; ok {
			l.state, l.at = "done", at
		}
		if next, ok := nextWords[c.Next]; ok && next.step == step {
			l.state, l.at, l.who = "now", c.Since, next.who
		}
		links = append(links, l)
	}
	return links
}

func nextStepOptions() []Option {
	options := []Option{{"", "Any next step", ""}}
	for _, n := range models.NextSteps {
		options = append(options, Option{Value: string(n), Label: NextStepName(n)})
	}
	return options
}
