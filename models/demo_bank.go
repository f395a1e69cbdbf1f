package models

import (
	"fmt"
	"strings"

	"reselling/models/bankcsv"
)

// bankStatement uploads a statement of the vendor's bank, some lines of which pay
// open invoices and some need a look.
func (d demo) bankStatement() error {
	finance := Actor{UserID: d.id("user", demoStaff[2].email), Name: demoStaff[2].name, StaffRole: Finance}
	open, err := rowsOf[Invoice](d.DB).Where("paid_at IS NULL AND voided_at IS NULL").Order("overdue_at, id").Limit(4).Find(d.ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("Booking date;Payer;Details;Amount;Currency\n")
	line := func(days int, payer, text, amount, currency string) {
		fmt.Fprintf(&b, "%s;%s;%s;%s;%s\n", d.days(days).Format("02.01.2006"), payer, text, strings.Replace(amount, ".", ",", 1), currency)
	}
	for n, i := range open {
		switch n {
		case 0:
			line(2, i.LegalName, "Invoice "+i.Number, i.Open().Typed(), i.Currency)
		case 1:
			line(2, i.LegalName, i.PaymentReference+" first half", i.Amount(i.Open().Minor/2).Typed(), i.Currency)
		case 2:
			line(1, i.LegalName, "Thank you", i.Open().Typed(), i.Currency)
		default:
			line(1, "Payments Hub", "Batch 1187", i.Open().Typed(), i.Currency)
		}
	}
	line(1, "Harbor IT Services LLC", "Advance for the next order", "250.00", "USD")
	line(1, "First Example Bank", "Account fee", "-14.90", "USD")
	line(1, "Nadia Koenig", "Refund of a ticket", "38.20", "USD")
	content := []byte(b.String())
	layout, err := bankcsv.Detect(content)
	if err != nil {
		return err
	}
	i := BankImport{ID: newID(), FileName: "statement-" + d.now.Format("2006-01") + ".csv", SHA256: sha256Hex(content), Content: content, UploadedAt: d.now, UploadedBy: finance.UserID, Version: 1}
	i.Search = fold(i.FileName + " " + finance.Name)
	return d.keepStatement(d.ctx, finance, &i, layout, "")
}
