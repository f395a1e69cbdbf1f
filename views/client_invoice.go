package views

import (
	"strings"
	"time"

	"reselling/models"
	"reselling/models/money"
)

// ClientInvoiceForm is a client invoice as typed.
type ClientInvoiceForm struct {
	OrderID    string   `form:"order_id"`
	Discount   []string `form:"discount"`
	TaxRate    string   `form:"tax_rate"`
	DueOn      string   `form:"due_on"`
	RequestKey string   `form:"request_key"`
}

// Entry is what models know of f.
func (f ClientInvoiceForm) Entry() models.ClientInvoiceEntry {
	return models.ClientInvoiceEntry{OrderID: f.OrderID, Discounts: f.Discount, TaxRate: f.TaxRate, DueOn: f.DueOn, RequestKey: f.RequestKey}
}

// ClientInvoiceFormOf is the form that shows e.
func ClientInvoiceFormOf(e models.ClientInvoiceEntry) ClientInvoiceForm {
	return ClientInvoiceForm{OrderID: e.OrderID, Discount: e.Discounts, TaxRate: e.TaxRate, DueOn: e.DueOn, RequestKey: e.RequestKey}
}

// discount is what was typed of a line, from 0 on.
func (f ClientInvoiceForm) discount(i int) string {
	if i < len(f.Discount) {
		return f.Discount[i]
	}
	return ""
}

// ClientInvoicesPage is the list of an account's invoices to its clients.
type ClientInvoicesPage struct {
	Page       models.Page[models.ClientInvoice]
	Nav        ListNav
	MayIssue   bool
	SeesMargin bool
	Now        time.Time
}

// NewClientInvoicePage is the form of a client invoice, with what it would bill.
type NewClientInvoicePage struct {
	Form    ClientInvoiceForm
	Draft   models.ClientInvoiceDraft
	Refusal *models.Error // why the order can't be billed at all
	Problem *models.Error
	Wrong   *models.Error // what keeps the preview from being reckoned
}

// isReckoned reports whether the draft has sums.
func (p NewClientInvoicePage) isReckoned() bool { return p.Refusal == nil && p.Wrong == nil }

// ClientInvoicePage is one client invoice with what can be done about it.
type ClientInvoicePage struct {
	models.ClientInvoiceView
	MayChange bool
	Now       time.Time
	Today     models.Date
	PaidOn    string // of a form that was refused
	Reason    string
	Sent      string // "payment", "credit-note": the form that Problem is about
	Problem   *models.Error
}

func (p ClientInvoicePage) status() models.ClientInvoiceStatus { return p.Invoice.Status(p.Now) }

// of is the problem if it is about the form named sent.
func (p ClientInvoicePage) of(sent string) *models.Error {
	if p.Sent == sent {
		return p.Problem
	}
	return nil
}

// ClientInvoiceStateName is a client invoice's state in words.
func ClientInvoiceStateName(s models.ClientInvoiceStatus) string { return wordsOf(string(s)) }

func clientInvoiceTone(s models.ClientInvoiceStatus) Tone {
	switch s {
	case models.ClientInvoiceOpen:
		return Info
	case models.ClientInvoiceOverdue:
		return Danger
	case models.ClientInvoicePaid:
		return Success
	case models.ClientInvoiceCredited:
	}
	return Neutral
}

func clientInvoiceStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.ClientInvoiceStatuses {
		options = append(options, Option{Value: string(s), Label: ClientInvoiceStateName(s)})
	}
	return options
}

// BrandingForm is the branding as typed; Version is the one being edited.
type BrandingForm struct {
	Colour      string `form:"colour"`
	BankDetails string `form:"bank_details"`
	Note        string `form:"note"`
	Prefix      string `form:"prefix"`
	PaymentDays string `form:"payment_days"`
	TaxRate     string `form:"tax_rate"`
	Version     int    `form:"version"`
}

// BrandingFormOf is the form that shows b.
func BrandingFormOf(b models.Branding) BrandingForm {
	e := b.Entry()
	return BrandingForm{Colour: e.Colour, BankDetails: e.BankDetails, Note: e.Note, Prefix: e.Prefix, PaymentDays: e.PaymentDays, TaxRate: e.TaxRate, Version: e.Version}
}

// Entry is what models know of f.
func (f BrandingForm) Entry() models.BrandingEntry {
	return models.BrandingEntry{Colour: f.Colour, BankDetails: f.BankDetails, Note: f.Note, Prefix: f.Prefix, PaymentDays: f.PaymentDays, TaxRate: f.TaxRate, Version: f.Version}
}

// Against lists where the form and somebody else's saved version differ.
func (f BrandingForm) Against(b models.Branding) []Difference {
	t := BrandingFormOf(b)
	return differences(
		Difference{"Colour", t.Colour, f.Colour}, Difference{"Bank details", t.BankDetails, f.BankDetails}, Difference{"Note", t.Note, f.Note},
		Difference{"Prefix", t.Prefix, f.Prefix}, Difference{"Days to pay", t.PaymentDays, f.PaymentDays}, Difference{"Tax rate", t.TaxRate, f.TaxRate},
	)
}

// BrandingPage is the page of the branding.
type BrandingPage struct {
	Branding    models.Branding
	Form        BrandingForm
	Theirs      []Difference
	Problem     *models.Error
	LogoProblem *models.Error
}

// LedgerPage is both sides of all orders.
type LedgerPage struct {
	Page     models.Page[models.LedgerRow]
	Nav      ListNav
	Sums     []models.LedgerSums
	MayIssue bool
}

// LedgerAlarmName is an alarm in words.
func LedgerAlarmName(a models.LedgerAlarm) string {
	switch a {
	case models.UnbilledAlarm:
		return "Active, not billed"
	case models.BilledEarlyAlarm:
		return "Billed, not active"
	case models.VendorUnpaidAlarm:
		return "Client paid, vendor not"
	}
	return string(a)
}

func ledgerAlarmOptions() []Option {
	options := []Option{{"", "All orders", ""}, {"any", "Any alarm", ""}}
	for _, a := range models.LedgerAlarms {
		options = append(options, Option{Value: string(a), Label: LedgerAlarmName(a)})
	}
	return options
}

// ledgerStats are the sums of a currency as figures with what is missing beside them.
func ledgerStats(s models.LedgerSums) []StatValue {
	sum := func(minor int64) string { return money.Of(minor, s.Currency).String() }
	return []StatValue{
		{Label: "Owed to the vendor", Value: sum(s.OwedMinor), Note: sum(s.PaidMinor) + " paid"},
		{Label: "Billed to clients", Value: sum(s.BilledMinor), Note: sum(s.ReceivedMinor) + " paid"},
	}
}

func ledgerAlarmCount(s models.LedgerSums) string {
	var all []string
	for _, a := range []struct {
		n    int
		name models.LedgerAlarm
	}{{s.Unbilled, models.UnbilledAlarm}, {s.BilledEarly, models.BilledEarlyAlarm}, {s.VendorUnpaid, models.VendorUnpaidAlarm}} {
		if a.n > 0 {
			all = append(all, Number(a.n)+" "+lowerFirst(LedgerAlarmName(a.name)))
		}
	}
	return strings.Join(all, " · ")
}
