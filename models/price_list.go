package models

import (
	"context"
	"slices"
	"strings"
)

// PriceLine is a price in a list.
type PriceLine struct {
	Price         `gorm:"embedded"`
	AccountName   string // empty: for all accounts
	ProductName   string
	CreatedByName string
	Today         Date `gorm:"-"` // in the vendor's zone
}

// PriceFilter narrows the price list; zero fields don't.
type PriceFilter struct {
	Query     string // in product and account
	State     PriceStatus
	Product   string // its code
	AccountID string // an id, or "all" for the prices for all accounts
	Currency  string
}

// PricesForAll is the AccountID of a PriceFilter that finds the prices for all accounts.
const PricesForAll = "all"

const priceLines = `SELECT p.*, COALESCE(a.name, '') AS account_name, r.name AS product_name, u.name AS created_by_name
FROM prices p LEFT JOIN accounts a ON a.id = p.account_id LEFT JOIN products r ON r.id = p.product_id LEFT JOIN users u ON u.id = p.created_by`

func priceKey(l PriceLine) (any, string) { return l.CreatedAt, l.ID }

func (f PriceFilter) listing(day Date) listing {
	q := listing{selects: priceLines, order: order{column: "p.created_at", id: "p.id", desc: true, isTime: true}}
	if f.Query != "" {
		q.and(`(LOWER(r.name) LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	if condition, ok := priceStates[f.State]; ok {
		q.and(strings.ReplaceAll(condition, "@day", "?"), slices.Repeat([]any{string(day)}, strings.Count(condition, "@day"))...)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.Product != "" {
		q.and("r.code = ?", f.Product)
	}
	switch f.AccountID {
	case "":
	case PricesForAll:
		q.and("p.account_id IS NULL")
	default:
		q.and("p.account_id = ?", f.AccountID)
	}
	if f.Currency != "" {
		q.and("p.currency = ?", f.Currency)
	}
	return q
}

// Prices returns one page of the price list, the newest first.
func (s *Store) Prices(ctx context.Context, actor Actor, f PriceFilter, p Paging) (Page[PriceLine], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[PriceLine]{}, err
	}
	zone, err := vendorZone(ctx, s.reader)
	if err != nil {
		return Page[PriceLine]{}, err
	}
	today := DateIn(s.Now(), zone)
	page, err := list(ctx, s.reader, f.listing(today), p, priceKey)
	for i := range page.Items {
		page.Items[i].Today = today
	}
	return page, err
}

// EachPrice runs fn for every price of the filtered list.
func (s *Store) EachPrice(ctx context.Context, actor Actor, f PriceFilter, fn func(PriceLine) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	zone, err := vendorZone(ctx, s.reader)
	if err != nil {
		return err
	}
	today := DateIn(s.Now(), zone)
	return each(ctx, s.reader, f.listing(today), priceKey, func(l PriceLine) error {
		l.Today = today
		return fn(l)
	})
}
