package models

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Product is what is resold.
type Product struct {
	ID           string
	Code         string // in addresses, forms and licence keys; never changes
	Name         string
	Description  string
	Seats        int // of a trial licence
	OnTrial      bool
	InstallSteps string // one per line
	DownloadURL  string
	Position     int
	ArchivedAt   *time.Time
	CreatedAt    time.Time
	Version      int
}

// Steps are the install steps in their order.
func (p Product) Steps() []string {
	if p.InstallSteps == "" {
		return nil
	}
	return strings.Split(p.InstallSteps, "\n")
}

func (p Product) subject() subject { return subject{kind: "product", id: p.ID, name: p.Name} }

// ProductEntry is what staff type of a product.
type ProductEntry struct {
	Code         string // at creation only
	Name         string
	Description  string
	Seats        string
	OnTrial      bool
	InstallSteps string // one per line
	DownloadURL  string
	Position     string
	RequestKey   string // at creation
	Version      int    // at a change: the version that was edited
}

// CatalogueFilter narrows the list of products. The zero value is everything in use.
type CatalogueFilter struct {
	Query    string
	Trial    string // "yes" or "no"
	Archived bool
}

// Catalogue returns the vendor's products in their order.
func (s *Store) Catalogue(ctx context.Context, actor Actor, f CatalogueFilter, p Paging) (Page[Product], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[Product]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, productKey)
}

// EachProduct runs fn for every product of the filtered list.
func (s *Store) EachProduct(ctx context.Context, actor Actor, f CatalogueFilter, fn func(Product) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), productKey, fn)
}

// The position is padded because cursors compare as text.
const productOrder = "(10000000 + products.position) || ''"

func productKey(p Product) (any, string) { return fmt.Sprint(10000000 + p.Position), p.ID }

func (f CatalogueFilter) listing() listing {
	l := listing{selects: "SELECT products.* FROM products", order: order{column: productOrder, id: "products.id"}}
	if f.Archived {
		l.and("products.archived_at IS NOT NULL")
	} else {
		l.and("products.archived_at IS NULL")
	}
	if f.Query != "" {
		l.and(`(LOWER(products.name) LIKE ? ESCAPE '\' OR products.code LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	switch f.Trial {
	case "yes":
		l.and("products.on_trial = ?", true)
	case "no":
		l.and("products.on_trial = ?", false)
	}
	return l
}

// CatalogueProduct returns one product for the vendor's staff, archived ones too.
func (s *Store) CatalogueProduct(ctx context.Context, actor Actor, id string) (Product, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Product{}, err
	}
	p, err := rowsOf[Product](s.reader).Where("id = ?", id).Take(ctx)
	return p, orNotFound(err, "Product")
}

// CreateProduct adds a product to the catalogue.
func (s *Store) CreateProduct(ctx context.Context, actor Actor, e ProductEntry) (Product, error) {
	if err := actor.require(ManageProducts); err != nil {
		return Product{}, err
	}
	problems := Problems{}
	product := e.product(problems)
	product.Code = strings.ToLower(clean(e.Code))
	if !productCode.MatchString(product.Code) {
		problems.Add("code", "Enter a code of 2 to 40 small letters, digits and hyphens, such as studio-pro. It can't be changed later.")
	}
	if err := problems.Err(); err != nil {
		return product, err
	}
	err := s.write(ctx, func(tx *tx) error {
		product.ID, product.CreatedAt, product.Version = newID(), tx.now, 1
		existing, err := tx.claim(ctx, actor, "product", e.RequestKey, product.ID, e)
		if err != nil {
			return err
		}
		if existing.id != "" {
			product, err = rowsOf[Product](tx.DB).Where("id = ?", existing.id).Take(ctx)
			return existing.told(err, "%s was added", product.Name)
		}
		// Looked up first: after a refused INSERT a PostgreSQL transaction is lost.
		taken, err := rowsOf[Product](tx.DB).Where("code = ?", product.Code).Count(ctx, "id")
		if err != nil {
			return err
		}
		if taken > 0 {
			return codeTaken(product.Code)
		}
		if err := rowsOf[Product](tx.DB).Create(ctx, &product); err != nil {
			if isDuplicate(err) {
				return codeTaken(product.Code)
			}
			return err
		}
		return tx.record(ctx, actor, "product.created", product.subject(), nil, product.facts())
	})
	return product, err
}

func codeTaken(code string) error {
	e := Errorf(Conflict, "There is already a product with the code %s. Choose another code.", code)
	e.Fields = Problems{"code": "This code is taken."}
	return e
}

// ChangeProduct changes everything of a product but its code.
func (s *Store) ChangeProduct(ctx context.Context, actor Actor, id string, e ProductEntry) (Product, error) {
	if err := actor.require(ManageProducts); err != nil {
		return Product{}, err
	}
	problems := Problems{}
	product := e.product(problems)
	err := s.write(ctx, func(tx *tx) error {
		before, err := rowsOf[Product](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Product")
		}
		if err := problems.Err(); err != nil {
			return err
		}
		product.ID, product.Code, product.CreatedAt, product.ArchivedAt, product.Version = before.ID, before.Code, before.CreatedAt, before.ArchivedAt, e.Version+1
		b, a := difference(before.facts(), product.facts())
		if len(a) == 0 { // sent twice
			product = before
			return nil
		}
		err = changed(rowsOf[Product](tx.DB).Where("id = ? AND version = ?", id, e.Version).
			Select("name", "description", "seats", "on_trial", "install_steps", "download_url", "position", "version").Updates(ctx, product))
		if err != nil {
			return err
		}
		return tx.record(ctx, actor, "product.changed", product.subject(), b, a)
	})
	return product, err
}

// ArchiveProduct takes a product out of the catalogue; its licences go on.
func (s *Store) ArchiveProduct(ctx context.Context, actor Actor, id string) (Product, error) {
	return s.shelveProduct(ctx, actor, id, true)
}

// RestoreProduct brings an archived product back into the catalogue.
func (s *Store) RestoreProduct(ctx context.Context, actor Actor, id string) (Product, error) {
	return s.shelveProduct(ctx, actor, id, false)
}

func (s *Store) shelveProduct(ctx context.Context, actor Actor, id string, archive bool) (Product, error) {
	if err := actor.require(ManageProducts); err != nil {
		return Product{}, err
	}
	var product Product
	err := s.write(ctx, func(tx *tx) (err error) {
		if product, err = rowsOf[Product](tx.DB).Where("id = ?", id).Take(ctx); err != nil {
			return orNotFound(err, "Product")
		}
		if archive == (product.ArchivedAt != nil) {
			return nil
		}
		action, condition := "product.restored", "id = ? AND version = ? AND archived_at IS NOT NULL"
		edited := product.Version
		product.ArchivedAt, product.Version = nil, edited+1
		if archive {
			action, condition = "product.archived", "id = ? AND version = ? AND archived_at IS NULL"
			product.ArchivedAt = &tx.now
		}
		if err := changed(rowsOf[Product](tx.DB).Where(condition, id, edited).Select("archived_at", "version").Updates(ctx, product)); err != nil {
			return err
		}
		return tx.record(ctx, actor, action, product.subject(), nil, nil)
	})
	return product, err
}

var productCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`)

func (e ProductEntry) product(problems Problems) Product {
	p := Product{
		Name: clean(e.Name), Description: cleanText(e.Description), OnTrial: e.OnTrial,
		Seats: problems.whole("seats", e.Seats, 1, 100000), Position: problems.whole("position", e.Position, 0, 10000),
		DownloadURL: problems.web("download_url", e.DownloadURL),
	}
	problems.fill("name", p.Name, "Enter the product's name.", maxName)
	problems.fit("description", p.Description, maxText)
	var steps []string
	for step := range strings.SplitSeq(cleanText(e.InstallSteps), "\n") {
		if step != "" {
			steps = append(steps, step)
		}
	}
	p.InstallSteps = strings.Join(steps, "\n")
	problems.fit("install_steps", p.InstallSteps, maxText)
	return p
}

func (p Product) facts() map[string]any {
	return map[string]any{
		"code": p.Code, "name": p.Name, "description": p.Description, "seats": p.Seats, "on_trial": p.OnTrial,
		"install_steps": p.InstallSteps, "download_url": p.DownloadURL, "position": p.Position,
	}
}

// NewProduct is where an entry for a new product starts from: behind all others.
func (s *Store) NewProduct(ctx context.Context, actor Actor) (ProductEntry, error) {
	if err := actor.require(ManageProducts); err != nil {
		return ProductEntry{}, err
	}
	var last int
	err := s.reader.WithContext(ctx).Raw("SELECT COALESCE(MAX(position), 0) FROM products WHERE position < 10000").Scan(&last).Error
	return ProductEntry{Seats: "1", OnTrial: true, Position: strconv.Itoa(last + 1)}, err
}
