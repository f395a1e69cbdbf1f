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

const orderTag = "Orders"

// Order is the resale of products to one client. It begins as a price request.
type Order struct {
	ID          string     `json:"id" example:"0198b0c4-9c30-7b21-8d4e-6f7a8b9c0d01"`
	State       string     `json:"state" enum:"requested,quoted,placed,active,lapsed,declined,cancelled" example:"quoted"`
	Kind        string     `json:"kind" enum:"new,renewal,seats" example:"new"`
	ClientID    string     `json:"client_id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company     string     `json:"company" doc:"The client's." example:"Initrode"`
	Products    string     `json:"products" doc:"What it is of, in words." example:"Studio Pro and 1 more"`
	FullPrice   *Money     `json:"full_price,omitempty" doc:"Once it is quoted."`
	RequestedAt time.Time  `json:"requested_at" example:"2026-11-23T09:00:00Z"`
	QuotedAt    *time.Time `json:"quoted_at,omitempty"`
	ValidUntil  string     `json:"valid_until,omitempty" doc:"The quote's last day in the account's time zone." example:"2026-12-31"`
	PlacedAt    *time.Time `json:"placed_at,omitempty"`
	ActivatedAt *time.Time `json:"activated_at,omitempty" doc:"When its licences became active."`
	DeclinedAt  *time.Time `json:"declined_at,omitempty"`
	CancelledAt *time.Time `json:"cancelled_at,omitempty"`
	PONumber    string     `json:"po_number,omitempty" example:"PO-4711"`
	Version     int        `json:"version" doc:"Send it when you place or cancel the order." example:"2"`
}

// OrderDetail is an order with its lines, its settlement and its next step.
type OrderDetail struct {
	Order
	TrialID       *string     `json:"trial_id,omitempty" doc:"Of which it continues the licence."`
	FollowsID     *string     `json:"follows_id,omitempty" doc:"The order that was asked for again."`
	Note          string      `json:"note,omitempty" example:"They would like to start in December."`
	QuoteNote     string      `json:"quote_note,omitempty" doc:"Of Customer Success."`
	DeclineReason string      `json:"decline_reason,omitempty"`
	CancelReason  string      `json:"cancel_reason,omitempty"`
	Lines         []OrderLine `json:"lines"`
	Settlement    *Settlement `json:"settlement,omitempty" doc:"On the account's plan, once it is quoted."`
	Next          *NextStep   `json:"next,omitempty" doc:"What has to happen next; it is missing where nothing has to."`
	InvoiceNumber string      `json:"invoice_number,omitempty" doc:"Of the vendor's invoice, once it is placed." example:"V-2026-00001"`
}

// OrderLine is seats of one product for some quarters.
type OrderLine struct {
	Product     string  `json:"product" doc:"Its code." example:"studio-pro"`
	ProductName string  `json:"product_name" example:"Studio Pro"`
	Seats       int     `json:"seats" example:"10"`
	Quarters    int     `json:"quarters" example:"4"`
	UnitPrice   *Money  `json:"unit_price,omitempty" doc:"Per licence and quarter, once it is quoted."`
	LicenseID   *string `json:"license_id,omitempty"`
}

// Settlement is how the full price is divided between the account and the vendor.
type Settlement struct {
	Frozen      bool   `json:"frozen" doc:"Settled at placing. Until then it is what placing the order now would settle." example:"false"`
	Plan        string `json:"plan" enum:"bronze,silver,gold" example:"silver"`
	BasisPoints int    `json:"basis_points" doc:"The reselling percentage in hundredths of a percent: 5000 is 50 %." example:"5000"`
	Full        Money  `json:"full" doc:"Unit price × seats × quarters, over all lines."`
	Share       Money  `json:"share" doc:"The account's: full × percentage, rounded half up per line."`
	Due         Money  `json:"due" doc:"The vendor's: full − share."`
	Tax         *Money `json:"tax,omitempty" doc:"On what is due; before placing."`
	Payable     *Money `json:"payable,omitempty" doc:"Due and tax; before placing."`
}

// NextStep is what has to happen next for an order to become active.
type NextStep struct {
	Step  string    `json:"step" enum:"quote,sign,countersign,place,pay,record,ask_again" doc:"quote and countersign: Customer Success; sign: the Owner; place: a Seller or this API; pay: whoever pays; record: the vendor's finance; ask_again: the quote has lapsed." example:"place"`
	Since time.Time `json:"since" example:"2026-11-23T09:00:00Z"`
}

func (a *API) orderRow(r models.OrderRow) Order {
	o := a.order(r.Order, r.Company, r.Products())
	o.FullPrice = minorOf(r.FullMinor, r.Currency)
	return o
}

func (a *API) order(o models.Order, company, products string) Order {
	return Order{
		ID: o.ID, State: word(o.Status(a.store.Now())), Kind: string(o.Kind), ClientID: o.ClientID, Company: company, Products: products, RequestedAt: o.RequestedAt.UTC(), QuotedAt: utc(o.QuotedAt),
		ValidUntil: string(o.ValidUntil), PlacedAt: utc(o.PlacedAt), ActivatedAt: utc(o.ActivatedAt), DeclinedAt: utc(o.DeclinedAt), CancelledAt: utc(o.CancelledAt), PONumber: o.PONumber, Version: o.Version,
	}
}

func (a *API) orderDetail(v models.OrderView) OrderDetail {
	o := v.Order
	d := OrderDetail{
		Order: a.order(o, v.Client.Company, v.Products()), TrialID: o.TrialID, FollowsID: o.FollowsID, Note: o.Note, QuoteNote: o.QuoteNote,
		DeclineReason: o.DeclineReason, CancelReason: o.CancelReason, Lines: []OrderLine{}, Settlement: settlementOf(v),
	}
	for _, l := range v.Lines {
		d.Lines = append(d.Lines, OrderLine{Product: l.ProductCode, ProductName: l.ProductName, Seats: l.Seats, Quarters: l.Quarters, UnitPrice: minorOf(l.UnitPrice, o.Currency), LicenseID: l.LicenseID})
	}
	if d.Settlement != nil {
		d.FullPrice = &d.Settlement.Full
	}
	if v.Chain.Next != "" {
		d.Next = &NextStep{string(v.Chain.Next), v.Chain.Since.UTC()}
	}
	if v.Chain.Invoice != nil {
		d.InvoiceNumber = v.Chain.Invoice.Number
	}
	return d
}

func settlementOf(v models.OrderView) *Settlement {
	divided := func(s money.Settlement) *Settlement {
		return &Settlement{Full: moneyOf(s.Full), Share: moneyOf(s.Share), Due: moneyOf(s.Due)}
	}
	if v.Frozen != nil && v.Order.Percentage != nil {
		s := divided(*v.Frozen)
		s.Frozen, s.Plan, s.BasisPoints = true, string(v.Order.Plan), *v.Order.Percentage
		return s
	}
	own, ok := v.Own()
	if !ok || v.Payable == nil {
		return nil
	}
	s := divided(own.Total)
	tax, payable := moneyOf(v.Payable.Tax), moneyOf(v.Payable.Total)
	s.Plan, s.BasisPoints, s.Tax, s.Payable = string(own.Plan), own.Terms.Percentage, &tax, &payable
	return s
}

// OrderCreation is the body that asks for prices.
type OrderCreation struct {
	ClientID  string           `json:"client_id,omitempty" doc:"It is taken from the trial or the licence where one is given." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	TrialID   string           `json:"trial_id,omitempty" doc:"The trial whose licence and key go on."`
	RenewsID  string           `json:"renews_license_id,omitempty" doc:"The paid licence that goes on."`
	AddsToID  string           `json:"adds_to_license_id,omitempty" doc:"The paid licence that gets more seats, until its term ends: one line, whose seats are those that are added. Its quarters do not matter."`
	FollowsID string           `json:"follows_id,omitempty" doc:"The order that is asked for again."`
	Lines     []OrderLineEntry `json:"lines" minItems:"1" maxItems:"20"`
	Note      string           `json:"note,omitempty" maxLength:"4000" example:"They would like to start in December."`
}

// OrderLineEntry is a line that is asked for.
type OrderLineEntry struct {
	Product  string `json:"product" maxLength:"100" doc:"Its code." example:"studio-pro"`
	Seats    int    `json:"seats" minimum:"1" maximum:"100000" example:"10"`
	Quarters int    `json:"quarters" minimum:"1" maximum:"12" example:"4"`
}

// OrderPlacement is the body that places an order.
type OrderPlacement struct {
	Version  int    `json:"version" doc:"The version that you have read: it is refused as changed where the quote is another by now." example:"2"`
	PONumber string `json:"po_number,omitempty" maxLength:"100" doc:"Printed on the invoice." example:"PO-4711"`
}

// OrderCancellation is the body that cancels an order.
type OrderCancellation struct {
	Version int    `json:"version,omitempty" doc:"The version that you have read; whatever it is, without." example:"2"`
	Reason  string `json:"reason,omitempty" maxLength:"200" example:"The client has decided otherwise."`
}

type ordersInput struct {
	Paging
	Query    string `query:"query" maxLength:"200" doc:"In client and products."`
	State    string `query:"state" enum:"requested,quoted,placed,active,lapsed,declined,cancelled"`
	Next     string `query:"next" enum:"quote,place,pay,record,ask_again" doc:"What has to happen next."`
	Product  string `query:"product" maxLength:"100" doc:"Its code."`
	ClientID string `query:"client_id" maxLength:"100"`
}

func (a *API) orderOperations() {
	register(a, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/orders", Tags: []string{orderTag}, Summary: "List or search price requests and orders",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ordersInput) (*found[List[Order]], error) {
		f := models.OrderFilter{Query: in.Query, State: models.OrderStatus(in.State), Next: models.NextStep(in.Next), Product: in.Product, ClientID: in.ClientID}
		page, err := a.store.Orders(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, a.orderRow), nil
	})
	register(a, huma.Operation{
		OperationID: "request-prices", Method: http.MethodPost, Path: "/orders", Tags: []string{orderTag}, Summary: "Request prices", DefaultStatus: http.StatusCreated,
		Description: "Where the price list has all the prices, the answer is quoted at once; else it is requested until Customer Success answers.",
	}, withToken(models.ScopeOrders), func(ctx context.Context, actor models.Actor, in *struct{ Body OrderCreation }) (*created[OrderDetail], error) {
		b := in.Body
		r := models.PriceRequest{ClientID: b.ClientID, TrialID: b.TrialID, RenewsID: b.RenewsID, AddsToID: b.AddsToID, FollowsID: b.FollowsID, Note: b.Note, RequestKey: requestKey(ctx)}
		for _, l := range b.Lines {
			r.Lines = append(r.Lines, models.LineEntry{Product: l.Product, Seats: strconv.Itoa(l.Seats), Quarters: strconv.Itoa(l.Quarters)})
		}
		o, err := a.store.RequestPrices(ctx, actor, r)
		if err != nil {
			return nil, err
		}
		v, err := a.store.Order(ctx, actor, o.ID)
		if err != nil {
			return nil, err
		}
		return createdAt("/orders", o.ID, a.orderDetail(v)), nil
	})
	register(a, huma.Operation{
		OperationID: "read-order", Method: http.MethodGet, Path: "/orders/{id}", Tags: []string{orderTag}, Summary: "Read an order, with its settlement and next step",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[OrderDetail], error) {
		return show(a.orderDetail)(a.store.Order(ctx, actor, in.ID))
	})
	register(a, huma.Operation{
		OperationID: "read-proposal-pdf", Method: http.MethodGet, Path: "/orders/{id}/proposal/pdf", Tags: []string{orderTag}, Summary: "Read the proposal for the client as a PDF",
		Description: "Of a quoted order, in the account's brand. It is made anew each time, and kept nowhere.", Responses: pdfResponse(),
	}, withToken(models.ScopeOrders), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Discount string `query:"discount" maxLength:"20" doc:"In the order's currency, or a percentage of the full price: 150.00, 5%." example:"5%"`
		Paper    string `query:"paper" enum:"a4,letter" doc:"As is usual in the client's country, unless you say otherwise."`
	},
	) (*paper, error) {
		v, err := a.store.Proposal(ctx, actor, in.ID, in.Discount)
		if err != nil {
			return nil, err
		}
		content, err := a.config.ProposalPDF(v, models.ParsePaper(in.Paper, v.Client.Country))
		if err != nil {
			return nil, err
		}
		return paperOf("proposal", content), nil
	})
	orderAct(a, "place-order", "placement", "Place a quoted order",
		"It freezes prices and percentage, and issues the vendor's invoice. It needs an Annex in force (annex_missing, annex_waiting, annex_stale). Full payment activates the licences.",
		func(ctx context.Context, actor models.Actor, id string, body *OrderPlacement) error {
			_, err := a.store.PlaceOrder(ctx, actor, id, models.Placement{PONumber: body.PONumber, Version: body.Version, RequestKey: requestKey(ctx)})
			return err
		})
	orderAct(a, "cancel-order", "cancellation", "Withdraw a price request, or cancel an order before any payment",
		"Of a placed order the invoice is void.",
		func(ctx context.Context, actor models.Actor, id string, body *OrderCancellation) error {
			_, err := a.store.CancelOrder(ctx, actor, id, models.Cancellation{Reason: body.Reason, Version: body.Version})
			return err
		})
}

// orderAct adds an operation that changes an order and answers with it.
func orderAct[B any](a *API, id, path, summary, description string, act func(context.Context, models.Actor, string, *B) error) {
	type input struct {
		ByID
		Body B
	}
	register(a, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: "/orders/{id}/" + path, Tags: []string{orderTag}, Summary: summary, Description: description,
	}, withToken(models.ScopeOrders), func(ctx context.Context, actor models.Actor, in *input) (*found[OrderDetail], error) {
		if err := act(ctx, actor, in.ID, &in.Body); err != nil {
			return nil, err
		}
		return show(a.orderDetail)(a.store.Order(ctx, actor, in.ID))
	})
}
