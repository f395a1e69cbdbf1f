package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"gorm.io/gorm"

	"reselling/models/money"
)

// AnnexText is what an account would sign now: the template's text with the
// account's own particulars and terms.
type AnnexText struct {
	Text     string
	SHA256   string // of Text, as hex
	Template AnnexTemplate
	Terms    PlanTerms
}

// annexWords are what a template may ask for, as {{name}}.
var annexWords = []string{
	"account", "legal_name", "address", "country", "tax_id", "currency", "payment_days", "plan", "percentage", "terms_from", "vendor", "vendor_legal_name", "vendor_address", "vendor_tax_id",
}

// AnnexWords lists what a template may ask for, as {{name}}.
func AnnexWords() []string { return slices.Clone(annexWords) }

var annexWord = regexp.MustCompile(`\{\{([^{}\n]*)\}\}`)

// unknownAnnexWord is a word of a template that stands for nothing, or empty.
func unknownAnnexWord(body string) string {
	for _, m := range annexWord.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(annexWords, m[1]) {
			return m[0]
		}
	}
	return ""
}

// annexText puts an account's particulars and terms into a template.
func annexText(t AnnexTemplate, account Account, terms PlanTerms, vendor Vendor) AnnexText {
	words := map[string]string{
		"account": account.Name, "legal_name": account.LegalName, "address": inline(account.Address), "country": CountryName(account.Country), "tax_id": account.TaxID,
		"currency": account.Currency, "payment_days": strconv.Itoa(account.PaymentDays), "plan": terms.Plan.Name(), "percentage": money.Percentage(terms.Percentage).String(),
		"terms_from": terms.HoldsFrom.Time().Format("2 January 2006"), "vendor": vendor.Name, "vendor_legal_name": vendor.LegalName, "vendor_address": inline(vendor.Address), "vendor_tax_id": vendor.TaxID,
	}
	// One pass: what an account has typed is never read as a word itself.
	text := annexWord.ReplaceAllStringFunc(t.Body, func(m string) string {
		if value := words[strings.Trim(m, "{}")]; value != "" {
			return value
		}
		return "–"
	})
	sum := sha256.Sum256([]byte(text))
	return AnnexText{Text: text, SHA256: hex.EncodeToString(sum[:]), Template: t, Terms: terms}
}

func inline(address string) string {
	return strings.ReplaceAll(strings.TrimSpace(address), "\n", ", ")
}

// annexTextFor is the text that an account would sign at now. Conflict for an
// account without a plan.
func (s *Store) annexTextFor(ctx context.Context, db *gorm.DB, account Account, day Date) (AnnexText, error) {
	if account.Plan == "" {
		return AnnexText{}, refusal("no_plan", "%s has no plan. Only Bronze, Silver and Gold accounts resell: ask Customer Success for a plan.", account.Name)
	}
	t, err := currentTemplate(ctx, db)
	if err != nil {
		return AnnexText{}, err
	}
	terms, err := termsOn(ctx, db, account.Plan, day)
	if err != nil {
		return AnnexText{}, err
	}
	vendor, err := rowsOf[Vendor](db).Where("id = ?", 1).Take(ctx)
	return annexText(t, account, terms, vendor), err
}

func currentTemplate(ctx context.Context, db *gorm.DB) (AnnexTemplate, error) {
	all, err := rowsOf[AnnexTemplate](db).Order("version DESC").Limit(1).Find(ctx)
	if err != nil || len(all) == 0 {
		return AnnexTemplate{}, fmt.Errorf("the Annex has no template: %w", orNotFound(err, "Template"))
	}
	return all[0], nil
}

// DiffLine is a line of a text compared with an earlier one.
type DiffLine struct {
	Kind DiffKind
	Text string
}

// DiffKind is what has become of a line.
type DiffKind string

// What becomes of a line.
const (
	Kept    DiffKind = "kept"
	Added   DiffKind = "added"
	Removed DiffKind = "removed"
)

// textChanges are the lines that differ between two texts, each with two lines
// around it; none if they are the same.
func textChanges(before, after string) ([]DiffLine, error) {
	before, after = strings.TrimRight(before, "\n")+"\n", strings.TrimRight(after, "\n")+"\n"
	diff, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, after), 2)
	if err != nil {
		return nil, err
	}
	kinds := map[udiff.OpKind]DiffKind{udiff.Equal: Kept, udiff.Insert: Added, udiff.Delete: Removed}
	var lines []DiffLine
	for n, hunk := range diff.Hunks {
		if n > 0 {
			lines = append(lines, DiffLine{Kept, "…"})
		}
		for _, l := range hunk.Lines {
			lines = append(lines, DiffLine{kinds[l.Kind], strings.TrimRight(l.Content, "\n")})
		}
	}
	return lines, nil
}
