package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // logos
	"image/png"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reselling/models/money"
)

// Branding is how the documents of an account to its clients look, and what
// their form begins with.
type Branding struct {
	AccountID   string `gorm:"primaryKey"`
	LogoID      *string
	Colour      string // "#1f5fbf"
	BankDetails string
	Note        string // at the foot
	Prefix      string // of the numbers
	PaymentDays int
	TaxRate     int // hundredths of a percent
	UpdatedAt   time.Time
	UpdatedBy   string
	Version     int // 0: nothing was changed yet
}

// usualBranding is what holds for an account that has changed nothing.
func usualBranding(accountID string) Branding {
	return Branding{AccountID: accountID, Colour: "#1f2937", Prefix: "INV", PaymentDays: 14}
}

// Logo is the picture of an account, always a PNG. It never changes.
type Logo struct {
	ID            string
	AccountID     string
	PNG           []byte `gorm:"column:png"`
	Width, Height int
	CreatedAt     time.Time
	CreatedBy     string
}

// The bounds of a logo's file.
const (
	MaxLogoBytes = 512 << 10
	MaxLogoSide  = 2000 // pixels
)

// BrandingEntry is the form of the branding as filled in.
type BrandingEntry struct {
	Colour      string
	BankDetails string
	Note        string
	Prefix      string
	PaymentDays string
	TaxRate     string
	Version     int // that was edited
}

// Entry is the form of what holds.
func (b Branding) Entry() BrandingEntry {
	return BrandingEntry{
		Colour: b.Colour, BankDetails: b.BankDetails, Note: b.Note, Prefix: b.Prefix, PaymentDays: number(b.PaymentDays), TaxRate: typedRateOf(b.TaxRate), Version: b.Version,
	}
}

// Branding returns the branding of the actor's account, to be changed.
func (s *Store) Branding(ctx context.Context, actor Actor) (Branding, error) {
	if err := actor.require(ChangeBranding); err != nil {
		return Branding{}, err
	}
	return branding(ctx, s.reader, actor.AccountID)
}

func branding(ctx context.Context, db *gorm.DB, accountID string) (Branding, error) {
	b, err := rowsOf[Branding](db).Where("account_id = ?", accountID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return usualBranding(accountID), nil
	}
	return b, err
}

// BrandingLogo returns the logo in force of the actor's account; without an id
// where there is none.
func (s *Store) BrandingLogo(ctx context.Context, actor Actor) (Logo, error) {
	b, err := s.Branding(ctx, actor)
	if err != nil {
		return Logo{}, err
	}
	return logo(ctx, s.reader, actor.AccountID, b.LogoID)
}

// logo returns a logo of an account; none for nil.
func logo(ctx context.Context, db *gorm.DB, accountID string, id *string) (Logo, error) {
	if id == nil {
		return Logo{}, nil
	}
	return rowsOf[Logo](db).Where("account_id = ? AND id = ?", accountID, *id).Take(ctx)
}

// ChangeBranding changes the branding for what is issued from now on. Conflict if
// somebody has changed it since e.Version.
func (s *Store) ChangeBranding(ctx context.Context, actor Actor, e BrandingEntry) (Branding, error) {
	if err := actor.require(ChangeBranding); err != nil {
		return Branding{}, err
	}
	checked, err := e.check()
	if err != nil {
		return Branding{}, err
	}
	return s.changeBranding(ctx, actor, e.Version, func(_ *tx, b *Branding) error {
		checked.LogoID = b.LogoID
		*b = checked
		return nil
	})
}

// ChangeLogo takes a PNG or JPEG as the logo of what is issued from now on; none
// for no content. Conflict if somebody has changed the branding since version.
func (s *Store) ChangeLogo(ctx context.Context, actor Actor, content []byte, version int) (Branding, error) {
	if err := actor.require(ChangeBranding); err != nil {
		return Branding{}, err
	}
	var picture Logo
	if len(content) > 0 {
		var problem string
		if picture, problem = readLogo(content); problem != "" {
			return Branding{}, Problems{"logo": problem}.Err()
		}
	}
	return s.changeBranding(ctx, actor, version, func(tx *tx, b *Branding) (err error) {
		b.LogoID = nil
		if len(content) > 0 {
			b.LogoID, err = tx.keepLogo(ctx, actor, picture)
		}
		return err
	})
}

func (s *Store) changeBranding(ctx context.Context, actor Actor, version int, change func(*tx, *Branding) error) (b Branding, err error) {
	err = s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		before, err := branding(ctx, tx.DB, account.ID)
		if err != nil {
			return err
		}
		b = before
		if err := change(tx, &b); err != nil {
			return err
		}
		was, is := difference(before.facts(), b.facts())
		if len(is) == 0 { // sent twice
			b = before
			return nil
		}
		if before.Version != version {
			return changed(0, nil)
		}
		b.AccountID, b.Version, b.UpdatedAt, b.UpdatedBy = account.ID, version+1, tx.now, actor.UserID
		if err := rowsOf[Branding](tx.DB, clause.OnConflict{UpdateAll: true}).Create(ctx, &b); err != nil {
			return err
		}
		return tx.record(ctx, actor, "branding.changed", subject{kind: "branding", id: account.ID, name: account.Name, accountID: account.ID}, was, is)
	})
	return b, err
}

// keepLogo stores a picture, unless the account has just the same already.
func (tx *tx) keepLogo(ctx context.Context, actor Actor, l Logo) (*string, error) {
	same, err := rowsOf[Logo](tx.DB).Where("account_id = ? AND png = ?", actor.AccountID, l.PNG).Limit(1).Find(ctx)
	if err != nil {
		return nil, err
	}
	if len(same) > 0 {
		return &same[0].ID, nil
	}
	l.ID, l.AccountID, l.CreatedAt, l.CreatedBy = newID(), actor.AccountID, tx.now, actor.UserID
	return &l.ID, rowsOf[Logo](tx.DB).Create(ctx, &l)
}

var (
	typedColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	typedPrefix = regexp.MustCompile(`^[A-Z0-9]{1,10}$`)
)

func (e BrandingEntry) check() (Branding, error) {
	p := Problems{}
	b := Branding{
		Colour: strings.ToLower(clean(e.Colour)), BankDetails: cleanText(e.BankDetails), Note: cleanText(e.Note), Prefix: strings.ToUpper(clean(e.Prefix)),
		PaymentDays: p.whole("payment_days", e.PaymentDays, 0, 365), TaxRate: p.rate("tax_rate", e.TaxRate),
	}
	if !typedColour.MatchString(b.Colour) {
		p.Add("colour", "Enter a colour as # and six digits from 0 to f, such as #1f5fbf.")
	}
	if !typedPrefix.MatchString(b.Prefix) {
		p.Add("prefix", "Use 1 to 10 letters from A to Z and digits.")
	}
	p.fit("bank_details", b.BankDetails, 1000)
	p.fit("note", b.Note, 1000)
	return b, p.Err()
}

// readLogo decodes a picture and encodes it anew, so that nothing but pixels is
// kept of what was uploaded; or says why it can't.
func readLogo(content []byte) (l Logo, problem string) {
	const another = "This is no PNG or JPEG picture, or it is damaged. Choose another file."
	if len(content) > MaxLogoBytes {
		return l, "The file is larger than 512 KB. Choose a smaller one."
	}
	// The sizes are read first: a small file can claim to be a very large picture.
	size, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || format != "png" && format != "jpeg" || size.Width < 1 || size.Height < 1 {
		return l, another
	}
	if size.Width > MaxLogoSide || size.Height > MaxLogoSide {
		return l, fmt.Sprintf("The picture is %d × %d pixels. Choose one of %d × %d at most.", size.Width, size.Height, MaxLogoSide, MaxLogoSide)
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return l, another
	}
	plain := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height)) // 8 bits a channel: more is not printed
	draw.Draw(plain, plain.Bounds(), picture, picture.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, plain); err != nil {
		return l, another
	}
	return Logo{PNG: out.Bytes(), Width: size.Width, Height: size.Height}, ""
}

func (b Branding) facts() map[string]any {
	f := map[string]any{
		"colour": b.Colour, "bank_details": b.BankDetails, "note": b.Note, "prefix": b.Prefix, "payment_days": b.PaymentDays, "tax_rate": b.TaxRate, "logo": "",
	}
	if b.LogoID != nil {
		f["logo"] = *b.LogoID
	}
	return f
}

// typedRateOf writes a rate as one types it: "12.5".
func typedRateOf(hundredths int) string {
	return strings.TrimSuffix(money.Percentage(hundredths).String(), " %")
}

// BrandingSample is an invoice that nobody issued, to look at the branding on paper.
func (s *Store) BrandingSample(ctx context.Context, actor Actor) (v ClientInvoiceView, err error) {
	if err := actor.require(ChangeBranding); err != nil {
		return v, err
	}
	if v.Account, err = rowsOf[Account](s.reader).Where("id = ?", actor.AccountID).Take(ctx); err != nil {
		return v, err
	}
	b, err := branding(ctx, s.reader, actor.AccountID)
	if err != nil {
		return v, err
	}
	if v.Logo, err = logo(ctx, s.reader, actor.AccountID, b.LogoID); err != nil {
		return v, err
	}
	if v.Zone, err = zoneAt(ctx, s.reader, actor.AccountID, s.Now()); err != nil {
		return v, err
	}
	today := DateIn(s.Now(), v.Zone)
	v.Invoice = ClientInvoice{
		Number: b.Prefix + "-SAMPLE", IssuedAt: s.Now(), IssuedOn: today, DueOn: today.AddDays(b.PaymentDays), Currency: v.Account.Currency,
		LegalName: v.Account.LegalName, Address: v.Account.Address, TaxID: v.Account.TaxID, Country: v.Account.Country, BankDetails: b.BankDetails, Note: b.Note, Colour: b.Colour,
		ClientCompany: "Your client", ClientContact: "Their contact", ClientAddress: "Their street\nTheir town", FullPrice: 120000, Discount: 12000, TaxRate: b.TaxRate,
	}
	tax, err := money.Percentage(b.TaxRate).Of(v.Invoice.Net())
	if err != nil {
		return v, err
	}
	v.Invoice.Tax, v.Invoice.Total = tax.Minor, v.Invoice.Net().Minor+tax.Minor
	v.Lines = []ClientInvoiceLine{{ProductName: "A product", Seats: 3, Quarters: 4, UnitPrice: 10000, FullPrice: 120000, Discount: 12000}}
	return v, nil
}
