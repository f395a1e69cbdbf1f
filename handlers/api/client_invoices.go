package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
	"reselling/models/money"
)

const clientInvoiceTag = "Client invoices"

// ClientInvoice is the account's to its client. Once issued it never changes.
type ClientInvoice struct {
	ID        string    `json:"id" example:"0198b0c4-ad40-7c31-9e5f-7a8b9c0d1e01"`
	Number    string    `json:"number" example:"ACME-2026-00001"`
	State     string    `json:"state" enum:"open,overdue,paid,credited" example:"open"`
	OrderID   string    `json:"order_id" example:"0198b0c4-9c30-7b21-8d4e-6f7a8b9c0d01"`
	ClientID  string    `json:"client_id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company   string    `json:"company" doc:"The client's, as it was billed." example:"Initrode"`
	IssuedAt  time.Time `json:"issued_at" example:"2026-11-23T09:00:00Z"`
	DueOn     string    `json:"due_on" doc:"The last day to pay, in the account's time zone." example:"2026-12-07"`
	FullPrice Money     `json:"full_price"`
	Discount  Money     `json:"discount" doc:"Out of the account's share; what is due to the vendor stays."`
	Net       Money     `json:"net" doc:"Full price less discount."`
	TaxPoints int       `json:"tax_basis_points" doc:"The tax rate in hundredths of a percent: 2100 is 21 %." example:"2100"`
	Tax       Money     `json:"tax"`
	Total     Money     `json:"total"`
	Margin    Money     `json:"margin" doc:"What remains to the account: its share less the discount."`
	PaidOn    string    `json:"paid_on,omitempty" doc:"The day on which the money came." example:"2026-12-01"`
	SentTo    string    `json:"sent_to,omitempty" doc:"The address to which it was last mailed."`
	PDF       string    `json:"pdf" doc:"The path of its PDF, for the same token." example:"/api/v1/client-invoices/0198b0c4-ad40-7c31-9e5f-7a8b9c0d1e01/pdf"`
	Version   int       `json:"version" doc:"Send it with a change." example:"1"`

	CreditNote *ClientCreditNote `json:"credit_note,omitempty" doc:"That took it back; where it is read by itself."`
}

// ClientCreditNote takes a client invoice back as a whole.
type ClientCreditNote struct {
	Number   string    `json:"number" example:"ACME-CN-2026-00001"`
	IssuedAt time.Time `json:"issued_at" example:"2026-11-30T09:00:00Z"`
	Reason   string    `json:"reason" example:"Billed to the wrong company."`
	Total    Money     `json:"total"`
	PDF      string    `json:"pdf" doc:"The path of its PDF, for the same token." example:"/api/v1/client-invoices/0198b0c4-ad40-7c31-9e5f-7a8b9c0d1e01/credit-note/pdf"`
}

func (a *API) clientInvoiceView(v models.ClientInvoiceView) ClientInvoice {
	i := a.clientInvoice(v.Invoice)
	if n := v.CreditNote; n != nil {
		i.CreditNote = &ClientCreditNote{Number: n.Number, IssuedAt: n.IssuedAt.UTC(), Reason: n.Reason, Total: moneyOf(n.Amount(n.Total)), PDF: Prefix + "/client-invoices/" + i.ID + "/credit-note/pdf"}
	}
	return i
}

func (a *API) clientInvoice(i models.ClientInvoice) ClientInvoice {
	return ClientInvoice{
		ID: i.ID, Number: i.Number, State: word(i.Status(a.store.Now())), OrderID: i.OrderID, ClientID: i.ClientID, Company: i.ClientCompany, IssuedAt: i.IssuedAt.UTC(), DueOn: string(i.DueOn),
		FullPrice: moneyOf(i.Amount(i.FullPrice)), Discount: moneyOf(i.Amount(i.Discount)), Net: moneyOf(i.Net()), TaxPoints: i.TaxRate, Tax: moneyOf(i.Amount(i.Tax)), Total: moneyOf(i.Amount(i.Total)),
		Margin: moneyOf(i.Margin()), PaidOn: string(i.PaidOn), SentTo: i.SentTo, PDF: Prefix + "/client-invoices/" + i.ID + "/pdf", Version: i.Version,
	}
}

// ClientInvoiceCreation is the body that bills an order to its client.
type ClientInvoiceCreation struct {
	OrderID       string  `json:"order_id" doc:"A placed order that is not billed yet." example:"0198b0c4-9c30-7b21-8d4e-6f7a8b9c0d01"`
	Discount      *Money  `json:"discount,omitempty" doc:"Of the whole; at most the account's share."`
	LineDiscounts []Money `json:"line_discounts,omitempty" maxItems:"20" doc:"Of each line in the order's order, instead of discount."`
	TaxPoints     *int    `json:"tax_basis_points,omitempty" minimum:"0" maximum:"10000" doc:"The tax rate in hundredths of a percent. That of the account's branding unless you say otherwise." example:"2100"`
	DueOn         string  `json:"due_on,omitempty" format:"date" doc:"The last day to pay. As the account's branding says, unless you say otherwise." example:"2026-12-07"`
}

// ClientInvoicePayment is the body that notes a payment.
type ClientInvoicePayment struct {
	PaidOn  string `json:"paid_on" format:"date" doc:"The day on which the money came." example:"2026-12-01"`
	Version int    `json:"version" doc:"The version that you have read." example:"1"`
}

// ClientInvoiceCredit is the body that takes an invoice back.
type ClientInvoiceCredit struct {
	Reason  string `json:"reason" maxLength:"200" doc:"It stands on the credit note." example:"Billed to the wrong company."`
	Version int    `json:"version" doc:"The version that you have read." example:"1"`
}

// ClientInvoiceVersion is the body of a change that needs no more.
type ClientInvoiceVersion struct {
	Version int `json:"version" doc:"The version that you have read." example:"1"`
}

type clientInvoicesInput struct {
	Paging
	Query    string `query:"query" maxLength:"200" doc:"In number, client and PO number."`
	State    string `query:"state" enum:"open,overdue,paid,credited"`
	ClientID string `query:"client_id" maxLength:"100"`
	OrderID  string `query:"order_id" maxLength:"100"`
	Sort     string `query:"sort" enum:"newest,due" default:"newest" doc:"due: what is due first comes first."`
}

func (a *API) clientInvoiceOperations() {
	register(a, huma.Operation{
		OperationID: "list-client-invoices", Method: http.MethodGet, Path: "/client-invoices", Tags: []string{clientInvoiceTag}, Summary: "List or search client invoices",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *clientInvoicesInput) (*found[List[ClientInvoice]], error) {
		f := models.ClientInvoiceFilter{Query: in.Query, State: models.ClientInvoiceStatus(in.State), ClientID: in.ClientID, OrderID: in.OrderID}
		if in.Sort == "due" {
			f.Sort = "due"
		}
		page, err := a.store.ClientInvoices(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, a.clientInvoice), nil
	})
	register(a, huma.Operation{
		OperationID: "issue-client-invoice", Method: http.MethodPost, Path: "/client-invoices", Tags: []string{clientInvoiceTag}, Summary: "Bill an order to its client", DefaultStatus: http.StatusCreated,
		Description: "Numbered in the account's own series. Refused with billed where the order was billed before, with not_placed before it is placed.",
	}, withToken(models.ScopeClientInvoices), a.issueClientInvoice)
	register(a, huma.Operation{
		OperationID: "read-client-invoice", Method: http.MethodGet, Path: "/client-invoices/{id}", Tags: []string{clientInvoiceTag}, Summary: "Read a client invoice",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[ClientInvoice], error) {
		return show(a.clientInvoiceView)(a.store.ClientInvoice(ctx, actor, in.ID))
	})
	clientInvoiceAct(a, "pay-client-invoice", "payment", "Note that the client has paid", "",
		func(ctx context.Context, actor models.Actor, id string, body *ClientInvoicePayment) error {
			return a.store.MarkClientInvoicePaid(ctx, actor, id, body.PaidOn, body.Version)
		})
	clientInvoiceAct(a, "reopen-client-invoice", "reopening", "Take back that the client has paid", "Refused with not_paid where nothing says so.",
		func(ctx context.Context, actor models.Actor, id string, body *ClientInvoiceVersion) error {
			return a.store.ReopenClientInvoice(ctx, actor, id, body.Version)
		})
	clientInvoiceAct(a, "send-client-invoice", "sending", "Mail the invoice to the client", "With a link to its PDF; once it is credited, the credit note. Ten times at most: sent_often.",
		func(ctx context.Context, actor models.Actor, id string, body *ClientInvoiceVersion) error {
			_, err := a.store.SendClientInvoice(ctx, actor, id, body.Version)
			return err
		})
	clientInvoiceAct(a, "credit-client-invoice", "credit-note", "Take the invoice back by a credit note", "As a whole; it has a number of its own series. The order can then be billed anew. The client hears of it when the invoice is sent again.",
		func(ctx context.Context, actor models.Actor, id string, body *ClientInvoiceCredit) error {
			_, err := a.store.CreditClientInvoice(ctx, actor, id, body.Reason, body.Version)
			return err
		})
	a.clientInvoicePaper("read-client-invoice-pdf", "/client-invoices/{id}/pdf", "Read the PDF of a client invoice", models.ClientInvoicePaper)
	a.clientInvoicePaper("read-client-credit-note-pdf", "/client-invoices/{id}/credit-note/pdf", "Read the PDF of a client invoice's credit note", models.ClientCreditNotePaper)
}

// clientInvoiceAct adds an operation that changes a client invoice and answers with it.
func clientInvoiceAct[B any](a *API, id, path, summary, description string, act func(context.Context, models.Actor, string, *B) error) {
	type input struct {
		ByID
		Body B
	}
	register(a, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: "/client-invoices/{id}/" + path, Tags: []string{clientInvoiceTag}, Summary: summary, Description: description,
	}, withToken(models.ScopeClientInvoices), func(ctx context.Context, actor models.Actor, in *input) (*found[ClientInvoice], error) {
		if err := act(ctx, actor, in.ID, &in.Body); err != nil {
			return nil, err
		}
		return show(a.clientInvoiceView)(a.store.ClientInvoice(ctx, actor, in.ID))
	})
}

func (a *API) clientInvoicePaper(id, path, summary string, which models.ClientPaper) {
	register(a, huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{clientInvoiceTag}, Summary: summary, Responses: pdfResponse(),
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Paper string `query:"paper" enum:"a4,letter" doc:"As is usual in the client's country, unless you say otherwise."`
	},
	) (*paper, error) {
		name, content, err := a.store.ClientInvoiceFile(ctx, actor, in.ID, which, in.Paper, a.config.ClientInvoicePDF)
		if err != nil {
			return nil, err
		}
		return paperOf(name, content), nil
	})
}

// paper is an answer that is a PDF.
type paper struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func paperOf(name string, content []byte) *paper {
	return &paper{"application/pdf", `inline; filename="` + name + `.pdf"`, content}
}

// pdfResponse is how the document describes it.
func pdfResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
}

func (a *API) issueClientInvoice(ctx context.Context, actor models.Actor, in *struct{ Body ClientInvoiceCreation }) (*created[ClientInvoice], error) {
	b := in.Body
	e, err := a.store.DraftClientInvoice(ctx, actor, b.OrderID, "")
	if err != nil {
		return nil, err
	}
	o, err := a.store.Order(ctx, actor, b.OrderID)
	if err != nil {
		return nil, err
	}
	if b.Discount != nil {
		if len(b.LineDiscounts) > 0 {
			return nil, models.Problems{"line_discounts": "Send either discount or line_discounts."}.Err()
		}
		b.LineDiscounts = []Money{*b.Discount}
	}
	if len(b.LineDiscounts) > 0 {
		e.Discounts = nil
	}
	for i, d := range b.LineDiscounts {
		if d.Currency != o.Order.Currency || d.Amount < 0 {
			return nil, models.Problems{models.Row("discount", i): "A discount is at least 0, and in the currency of the order: " + o.Order.Currency + "."}.Err()
		}
		e.Discounts = append(e.Discounts, money.Of(d.Amount, d.Currency).Typed())
	}
	if b.TaxPoints != nil {
		e.TaxRate = strconv.Itoa(*b.TaxPoints/100) + "." + twoDigits(*b.TaxPoints%100)
	}
	if b.DueOn != "" {
		e.DueOn = b.DueOn
	}
	e.RequestKey = requestKey(ctx)
	i, err := a.store.IssueClientInvoice(ctx, actor, e)
	if err != nil {
		return nil, err
	}
	return createdAt("/client-invoices", i.ID, a.clientInvoice(i)), nil
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
