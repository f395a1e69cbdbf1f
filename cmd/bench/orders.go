package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// lines is how many an account's statement has when it is measured.
const lines = 10_000

func orderID(i int) string { return id(9, mainAccount*10_000_000+i) }

// fillOrders adds to account k orders of one line that are quoted and can be
// placed, the Annex that it takes, a statement and somebody from finance.
func (w *world) fillOrders(ctx context.Context, k, orders int, now time.Time) error {
	account, owner, staff := id(1, k), id(2, k*10_000_000), id(2, 9_999_999)
	past := now.AddDate(0, -1, 0)
	if err := w.insert(ctx, "users", strings.Fields("id email email_key name search password_hash created_at password_changed_at staff_role"), 1, func(int) []any {
		return []any{staff, "finance@bench.example", "finance@bench.example", "Fin Ance", "fin ance", passwordHash, past, past, "finance"}
	}); err != nil {
		return err
	}
	var template, terms string
	var percentage int
	if err := w.db.QueryRowContext(ctx, "SELECT id FROM annex_templates ORDER BY version DESC LIMIT 1").Scan(&template); err != nil {
		return err
	}
	if err := w.db.QueryRowContext(ctx, "SELECT id, percentage FROM plan_terms WHERE plan = 'gold' ORDER BY holds_from DESC LIMIT 1").Scan(&terms, &percentage); err != nil {
		return err
	}
	if err := w.insert(ctx, "annexes", strings.Fields("id account_id version template_id plan terms_id percentage text text_sha256 viewed_at signed_at signed_by signed_name signed_email signed_address signed_device countersigned_at countersigned_by"), 1, func(int) []any {
		return []any{id(10, k), account, 1, template, "gold", terms, percentage, "Both sides agree.", "0", past, past, owner, "Person", "person@bench.example", "", "", past, staff}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "orders", strings.Fields("id account_id client_id currency requested_at requested_by quoted_at quoted_by valid_until lapses_at search"), orders, func(i int) []any {
		return []any{orderID(i), account, id(4, k*10_000_000+i), "EUR", past, owner, past, staff, now.AddDate(0, 1, 0).Format(time.DateOnly), now.AddDate(0, 1, 0), "bench"}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "order_lines", strings.Fields("id order_id position product_id seats quarters unit_price"), orders, func(i int) []any {
		return []any{id(11, k*10_000_000+i), orderID(i), 1, "01920000-0000-7000-8000-000000000011", 3, 2, 33_333}
	}); err != nil {
		return err
	}
	return w.insert(ctx, "postings", strings.Fields("id account_id at day kind subject_id number amount currency"), lines, func(i int) []any {
		at := past.Add(time.Duration(i-lines) * time.Minute)
		kind, amount := "invoice", 100
		if i%2 == 1 {
			kind, amount = "payment", -100
		}
		return []any{id(12, k*10_000_000+i), account, at, at.Format(time.DateOnly), kind, id(13, k*10_000_000+i), fmt.Sprint("B-", i), amount, "EUR"}
	})
}

// measureOrders prints the pages of an order and of the statement, and what
// placing an order and recording its payment take. All of them are of one
// account, so its lock lets one after the other through.
func (b *bench) measureOrders(ctx context.Context, cookie string) error {
	fmt.Println("\n| Money | per second | 99th percentile | processor time |\n|---|---:|---:|---:|")
	for _, page := range []struct{ title, path string }{
		{"`GET /orders/:id`", "/orders/" + orderID(b.rows-1)}, {fmt.Sprintf("`GET /statement`, %d lines", lines), "/statement"},
	} {
		request := get(b.host, page.path, cookie)
		if err := b.row(page.title, http.StatusOK, func(int, int) []byte { return request }); err != nil {
			return err
		}
	}
	csrf, err := b.formToken(ctx, "/orders/"+orderID(0), cookie)
	if err != nil {
		return err
	}
	next := numbers()
	if err := b.row("`POST /orders/:id/placement`", http.StatusSeeOther, func(int, int) []byte {
		n := next()
		form := url.Values{"csrf": {csrf}, "request_key": {fmt.Sprint("place ", n)}, "version": {"1"}}
		return post(b.host, "/orders/"+orderID(n)+"/placement", cookie, form.Encode())
	}); err != nil {
		return err
	}
	return b.measurePayments(ctx)
}

// measurePayments pays the invoices that were just issued, each in full.
func (b *bench) measurePayments(ctx context.Context) error {
	invoices, err := b.world.column(ctx, "SELECT id FROM invoices ORDER BY sequence")
	if err != nil {
		return err
	}
	var total int64
	if err := b.world.db.QueryRowContext(ctx, "SELECT MAX(total) FROM invoices").Scan(&total); err != nil {
		return err
	}
	cookie, err := b.signInAs(ctx, "finance@bench.example")
	if err != nil {
		return err
	}
	csrf, err := b.formToken(ctx, "/admin/invoices/"+invoices[0], cookie)
	if err != nil {
		return err
	}
	next, day := numbers(), time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	return b.row("`POST /admin/invoices/:id/payments`", http.StatusSeeOther, func(int, int) []byte {
		n := next()
		form := url.Values{
			"csrf": {csrf}, "request_key": {fmt.Sprint("pay ", n)}, "amount": {fmt.Sprintf("%d.%02d", total/100, total%100)},
			"method": {"bank_transfer"}, "reference": {fmt.Sprint("R", n)}, "received_on": {day},
		}
		return post(b.host, "/admin/invoices/"+invoices[min(n, len(invoices)-1)]+"/payments", cookie, form.Encode())
	})
}

// row prints the median of a load.
func (b *bench) row(title string, want int, request func(connection, n int) []byte) error {
	runs, err := interleave(b.rounds, func() (result, error) {
		defer b.profile(strings.NewReplacer("/", "_", "`", "", " ", "_").Replace(title))()
		return loaded(b.portal, b.connections, b.duration(), want, request)
	})
	if err != nil {
		return err
	}
	r := runs[0]
	if r.Refused > 0 {
		return errors.New(title + fmt.Sprintf(": %d were refused", r.Refused))
	}
	fmt.Printf("| %s | %.0f | %.1f ms | %.2f ms |\n", title, r.PerSecond, ms(r.P99), ms(r.CPU))
	return nil
}
