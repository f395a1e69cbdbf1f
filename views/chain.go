package views

import (
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// link is a step of an order's chain as its page shows it.
type link struct {
	step  models.Step
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

// ways say where an order's chain leads to: the pages of its steps, and what whoever
// looks at it can do now.
type ways struct {
	annex   string
	invoice string // empty for who may not read it
	license func(id string) string
	act     Link // an empty label where they can do nothing
}

// to is where a step leads, or empty.
func (w ways) to(step models.Step, c models.Chain) string {
	switch step {
	case models.AnnexStep:
		return w.annex
	case models.InvoiceStep, models.PaymentStep:
		return w.invoice
	case models.LicenseStep:
		if len(c.Licenses) == 1 { // of several, the lines lead to each
			return w.license(c.Licenses[0])
		}
	}
	return ""
}

// ways leads an account's people on.
func (p OrderPage) ways() ways {
	w := ways{annex: paths.Agreement(), license: paths.License}
	if i := p.Chain.Invoice; i != nil && p.MayReadInvoices {
		w.invoice = paths.Invoice(i.ID)
	}
	switch next := p.Chain.Next; {
	case next == models.NextSign && p.MaySign:
		w.act = Link{Label: "Read and sign", Href: paths.Agreement(), Kind: Primary}
	case next == models.NextPlace && p.MayPlace && p.Payable != nil:
		w.act = Link{Label: "Place it", Href: "#placement"}
	case next == models.NextAskAgain && p.MayAct:
		w.act = Link{Label: "Ask again", Href: paths.With(paths.NewOrder(), "again", p.Order.ID)}
	case next == models.NextPay && w.invoice != "":
		w.act = Link{Label: "Pay it", Href: w.invoice, Kind: Primary}
	}
	return w
}

// ways leads staff on.
func (p AdminOrderPage) ways() ways {
	w := ways{license: paths.AdminLicense}
	if a := p.Chain.Annex; a != nil {
		w.annex = paths.AdminAnnex(a.ID)
	}
	if i := p.Chain.Invoice; i != nil {
		w.invoice = paths.AdminInvoice(i.ID)
	}
	switch next := p.Chain.Next; {
	case next == models.NextQuote && p.MayQuote:
		w.act = Link{Label: "Quote it", Href: "#quote"}
	case next == models.NextCountersign && p.MayCountersign && w.annex != "":
		w.act = Link{Label: "Countersign", Href: w.annex, Kind: Primary}
	case (next == models.NextPay || next == models.NextRecord) && p.MayRecord && w.invoice != "":
		w.act = Link{Label: "Record it", Href: w.invoice, Kind: Primary}
	}
	return w
}

func chainLinks(c models.Chain) []link {
	links := make([]link, 0, len(models.Steps))
	for _, step := range models.Steps {
		l := link{step: step, title: stepNames[step], state: "ahead"}
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
