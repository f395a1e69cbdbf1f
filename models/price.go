package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reselling/models/money"
)

// Price is what one licence of a product costs per quarter, for all accounts or
// for one. Only its end is ever added to it.
type Price struct {
	ID           string
	AccountID    *string // nil: for all accounts that reckon in the currency
	ProductID    string
	Currency     string
	UnitPrice    int64 // minor units
	ValidFrom    Date  // in each account's own zone
	ValidThrough Date  // its last day; none for an open end
	Note         string
	CreatedAt    time.Time
	CreatedBy    string
	EndedAt      *time.Time // from then on it answers no more requests
	EndedBy      *string
}

// Unit is the price as an amount.
func (p Price) Unit() money.Amount { return money.Of(p.UnitPrice, p.Currency) }

// PriceStatus is derived from dates.
type PriceStatus string

// The states of a price.
const (
	PriceInForce  PriceStatus = "in_force"
	PriceUpcoming PriceStatus = "upcoming"
	PricePast     PriceStatus = "past" // after its last day
	PriceEnded    PriceStatus = "ended"
)

// PriceStatuses lists the states in the order of a menu.
var PriceStatuses = []PriceStatus{PriceInForce, PriceUpcoming, PricePast, PriceEnded}

// Status is the state of p on a day: ended, else upcoming, past or in force.
func (p Price) Status(day Date) PriceStatus {
	switch {
	case p.EndedAt != nil:
		return PriceEnded
	case day < p.ValidFrom:
		return PriceUpcoming
	case p.ValidThrough != "" && day > p.ValidThrough:
		return PricePast
	}
	return PriceInForce
}

// priceStates are the conditions of PriceStatus on prices p; @day is the day.
var priceStates = map[PriceStatus]string{
	PriceInForce:  "p.ended_at IS NULL AND p.valid_from <= @day AND (p.valid_through IS NULL OR p.valid_through >= @day)",
	PriceUpcoming: "p.ended_at IS NULL AND p.valid_from > @day",
	PricePast:     "p.ended_at IS NULL AND p.valid_from <= @day AND p.valid_through < @day",
	PriceEnded:    "p.ended_at IS NOT NULL",
}

// The most minor units. With millions of such orders and receipts, the sums of an
// account still fit into an amount.
const (
	maxUnitPrice = 10_000_000_000    // of a licence per quarter
	maxFull      = 1_000_000_000_000 // of an order at full price
	maxReceipt   = 10 * maxFull
)

// amount reads an amount as typed, up to maxReceipt.
func (p Problems) amount(field, typed, currency string) int64 {
	return p.amountUpTo(field, typed, currency, maxReceipt)
}

func (p Problems) amountUpTo(field, typed, currency string, most int64) int64 {
	a, err := money.Parse(typed, currency)
	switch {
	case err != nil && money.Digits(currency) == 0:
		p.Add(field, "Enter an amount in "+currency+" as digits only, such as 1250.")
	case err != nil:
		p.Add(field, "Enter an amount in "+currency+" with digits and a point only, such as 1250 or "+money.Of(125050, currency).Typed()+".")
	case a.Minor > most:
		p.Add(field, "Enter at most "+money.Of(most, currency).String()+".")
	}
	return a.Minor
}

// PriceEntry is what staff type of a new price.
type PriceEntry struct {
	AccountID    string // empty: for all accounts
	Product      string // its code
	Currency     string
	UnitPrice    string
	ValidFrom    string
	ValidThrough string // empty: an open end
	Note         string
	RequestKey   string
}

// subject belongs to no account: the price list is the vendor's, its notes are for staff.
func (p Price) subject(product Product) subject {
	return subject{kind: "price", id: p.ID, name: product.Name + " at " + p.Unit().String()}
}

func (p Price) facts(product Product) map[string]any {
	f := map[string]any{"product": product.Name, "unit_price": p.Unit().String(), "valid_from": p.ValidFrom}
	if p.ValidThrough != "" {
		f["valid_through"] = p.ValidThrough
	}
	if p.Note != "" {
		f["note"] = p.Note
	}
	return f
}

// NewPrice is where an entry for a new price starts from: today in the vendor's
// zone, in the currency of the account that it is for.
func (s *Store) NewPrice(ctx context.Context, actor Actor, accountID string) (PriceEntry, error) {
	e := PriceEntry{AccountID: accountID, Currency: "USD"}
	if err := actor.require(ManagePrices); err != nil {
		return e, err
	}
	zone, err := vendorZone(ctx, s.reader)
	if err != nil {
		return e, err
	}
	e.ValidFrom = string(DateIn(s.Now(), zone))
	if accountID != "" {
		account, err := rowsOf[Account](s.reader).Where("id = ?", accountID).Take(ctx)
		if err != nil {
			return e, orNotFound(err, "Account")
		}
		e.Currency = account.Currency
	}
	return e, nil
}

// AddPrice publishes a price, from today in the vendor's zone or later. Price
// requests are answered from it while it holds. Conflict if one that was not
// ended holds for the same account or all, product and currency on a day of it.
func (s *Store) AddPrice(ctx context.Context, actor Actor, e PriceEntry) (Price, error) {
	if err := actor.require(ManagePrices); err != nil {
		return Price{}, err
	}
	p := Problems{}
	price := Price{Currency: clean(e.Currency), Note: cleanText(e.Note), CreatedBy: actor.UserID}
	p.fit("note", price.Note, maxReason)
	if _, ok := CurrencyOf(price.Currency); !ok {
		p.Add("currency", "Choose a currency from the list.")
	} else {
		price.UnitPrice = p.amountUpTo("unit_price", e.UnitPrice, price.Currency, maxUnitPrice)
	}
	price.ValidFrom = p.day("valid_from", e.ValidFrom, "Choose the first day on which the price holds.")
	if clean(e.ValidThrough) != "" {
		price.ValidThrough = p.day("valid_through", e.ValidThrough, "Choose the last day on which the price holds, or leave it empty.")
		if price.ValidThrough != "" && price.ValidThrough < price.ValidFrom {
			p.Add("valid_through", "The last day can't be before the first one.")
		}
	}
	err := s.write(ctx, func(tx *tx) error {
		// The vendor's row is the lock: two prices are added one after the other.
		vendor, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx)
		if err != nil {
			return err
		}
		price.ID, price.CreatedAt = newID(), tx.now
		existing, err := tx.claim(ctx, actor, "price", e.RequestKey, price.ID, e)
		if err != nil {
			return err
		}
		if existing.id != "" {
			price, err = rowsOf[Price](tx.DB).Where("id = ?", existing.id).Take(ctx)
			return existing.told(err, "a price was added")
		}
		zone, err := vendor.zone()
		if err != nil {
			return err
		}
		if today := DateIn(tx.now, zone); price.ValidFrom != "" && price.ValidFrom < today {
			p.Add("valid_from", "Choose today or a later day: what was quoted before stays as it was.")
		}
		product, err := tx.pricedProduct(ctx, p, "product", e.Product)
		if err != nil {
			return err
		}
		price.ProductID = product.ID
		if err := tx.priceAccount(ctx, p, e.AccountID, &price); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		if err := tx.refuseOverlap(ctx, price, product); err != nil {
			return err
		}
		if err := rowsOf[Price](tx.DB).Create(ctx, &price); err != nil {
			return err
		}
		return tx.record(ctx, actor, "price.added", price.subject(product), nil, price.facts(product))
	})
	return price, err
}

// day reads a date as typed.
func (p Problems) day(field, typed, message string) Date {
	d, err := ParseDate(clean(typed))
	if err != nil || d > "2199" {
		p.Add(field, message)
		return ""
	}
	return d
}

// pricedProduct returns the product with a code, unless it is archived.
func (tx *tx) pricedProduct(ctx context.Context, p Problems, field, code string) (Product, error) {
	found, err := rowsOf[Product](tx.DB).Where("code = ? AND archived_at IS NULL", clean(code)).Find(ctx)
	if err != nil {
		return Product{}, err
	}
	if len(found) == 0 {
		p.Add(field, "Choose one of the products.")
		return Product{}, nil
	}
	return found[0], nil
}

// priceAccount says for whom the price is.
func (tx *tx) priceAccount(ctx context.Context, p Problems, accountID string, price *Price) error {
	if accountID == "" {
		return nil
	}
	found, err := rowsOf[Account](tx.DB).Where("id = ?", accountID).Find(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(found) == 0:
		p.Add("account_id", "Choose an account from the list.")
	case price.Currency != found[0].Currency:
		p.Add("currency", found[0].Name+" reckons in "+found[0].Currency+".")
	default:
		price.AccountID = &found[0].ID
	}
	return nil
}

func (tx *tx) refuseOverlap(ctx context.Context, price Price, product Product) error {
	q := rowsOf[Price](tx.DB).Where("product_id = ? AND currency = ? AND ended_at IS NULL", price.ProductID, price.Currency).
		Where("valid_through IS NULL OR valid_through >= ?", price.ValidFrom)
	if price.AccountID == nil {
		q = q.Where("account_id IS NULL")
	} else {
		q = q.Where("account_id = ?", *price.AccountID)
	}
	if price.ValidThrough != "" {
		q = q.Where("valid_from <= ?", price.ValidThrough)
	}
	others, err := q.Order("valid_from, id").Limit(1).Find(ctx)
	if err != nil || len(others) == 0 {
		return err
	}
	until := "without an end"
	if d := others[0].ValidThrough; d != "" {
		until = "through " + dayText(d)
	}
	e := refusal("overlap", "%s already has a price on some of these days: %s from %s, %s. End that one first, or choose other days.",
		product.Name, others[0].Unit(), dayText(others[0].ValidFrom), until)
	e.Subject = others[0].ID
	return e
}

// dayText is a date in a sentence: "2 March 2026".
func dayText(d Date) string { return d.Time().Format("2 January 2006") }

// EndPrice keeps a price from answering any more requests, at once. What was
// quoted from it stays.
func (s *Store) EndPrice(ctx context.Context, actor Actor, id string) (Price, error) {
	if err := actor.require(ManagePrices); err != nil {
		return Price{}, err
	}
	var price Price
	err := s.write(ctx, func(tx *tx) (err error) {
		if price, err = rowsOf[Price](tx.DB).Where("id = ?", id).Take(ctx); err != nil {
			return orNotFound(err, "Price")
		}
		product, err := rowsOf[Product](tx.DB).Where("id = ?", price.ProductID).Take(ctx)
		if err != nil {
			return err
		}
		if price.EndedAt != nil {
			return refusal("ended", "This price was ended already.")
		}
		price.EndedAt, price.EndedBy = &tx.now, &actor.UserID
		if err := changed(rowsOf[Price](tx.DB).Where("id = ? AND ended_at IS NULL", id).Select("ended_at", "ended_by").Updates(ctx, price)); err != nil {
			return err
		}
		return tx.record(ctx, actor, "price.ended", price.subject(product), nil, nil)
	})
	return price, err
}

// listPrices returns the prices that the price list has for an account on a day,
// by product: the account's own before those for all.
func listPrices(ctx context.Context, db *gorm.DB, account Account, day Date, productIDs []string) (map[string]Price, error) {
	found, err := rowsOf[Price](db).Where("product_id IN ? AND currency = ? AND ended_at IS NULL", productIDs, account.Currency).
		Where("account_id IS NULL OR account_id = ?", account.ID).
		Where("valid_from <= ? AND (valid_through IS NULL OR valid_through >= ?)", day, day).Order("id").Find(ctx)
	if err != nil {
		return nil, err
	}
	prices := map[string]Price{}
	for _, p := range found {
		if known, ok := prices[p.ProductID]; !ok || known.AccountID == nil {
			prices[p.ProductID] = p
		}
	}
	return prices, nil
}
