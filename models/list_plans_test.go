package models_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// lists are all that is shown in pages, each in each of its orders.
func lists(w *modelstest.World) map[string]func(context.Context, models.Paging) error {
	owner, staff, admin := modelstest.AcmeOwner, modelstest.VendorFinance, modelstest.VendorAdministrator
	return map[string]func(context.Context, models.Paging) error{
		"clients": func(c context.Context, p models.Paging) error {
			return second(w.Clients(c, owner, models.ClientFilter{}, p))
		},
		"clients by company": func(c context.Context, p models.Paging) error {
			return second(w.Clients(c, owner, models.ClientFilter{Sort: "company"}, p))
		},
		"clients as listed": func(c context.Context, p models.Paging) error {
			return second(w.ListedClients(c, owner, models.ClientFilter{}, p))
		},
		"clients as listed by company": func(c context.Context, p models.Paging) error {
			return second(w.ListedClients(c, owner, models.ClientFilter{Sort: "company"}, p))
		},
		"trials as listed": func(c context.Context, p models.Paging) error {
			return second(w.ListedTrials(c, owner, models.TrialFilter{}, p))
		},
		"trials as listed by end": func(c context.Context, p models.Paging) error {
			return second(w.ListedTrials(c, owner, models.TrialFilter{Sort: "ends"}, p))
		},
		"my clients": func(c context.Context, p models.Paging) error {
			return second(w.Clients(c, owner, models.ClientFilter{Responsible: "mine"}, p))
		},
		"trials": func(c context.Context, p models.Paging) error {
			return second(w.Trials(c, owner, models.TrialFilter{}, p))
		},
		"trials by end": func(c context.Context, p models.Paging) error {
			return second(w.Trials(c, owner, models.TrialFilter{Sort: "ends"}, p))
		},
		"licences": func(c context.Context, p models.Paging) error {
			return second(w.Licenses(c, owner, models.LicenseFilter{}, p))
		},
		"requests": func(c context.Context, p models.Paging) error {
			return second(w.Requests(c, owner, models.RequestFilter{}, p))
		},
		"oldest requests": func(c context.Context, p models.Paging) error {
			return second(w.Requests(c, owner, models.RequestFilter{Sort: "requested"}, p))
		},
		"orders": func(c context.Context, p models.Paging) error {
			return second(w.Orders(c, owner, models.OrderFilter{}, p))
		},
		"oldest orders": func(c context.Context, p models.Paging) error {
			return second(w.Orders(c, owner, models.OrderFilter{Sort: "requested"}, p))
		},
		"invoices": func(c context.Context, p models.Paging) error {
			return second(w.Invoices(c, owner, models.InvoiceFilter{}, p))
		},
		"invoices by due date": func(c context.Context, p models.Paging) error {
			return second(w.Invoices(c, owner, models.InvoiceFilter{Sort: "due"}, p))
		},
		"client invoices": func(c context.Context, p models.Paging) error {
			return second(w.ClientInvoices(c, owner, models.ClientInvoiceFilter{}, p))
		},
		"client invoices by due date": func(c context.Context, p models.Paging) error {
			return second(w.ClientInvoices(c, owner, models.ClientInvoiceFilter{Sort: "due"}, p))
		},
		"statement": func(c context.Context, p models.Paging) error {
			return second(w.Statement(c, owner, models.StatementFilter{}, p))
		},
		"ledger": func(c context.Context, p models.Paging) error {
			return second(w.Ledger(c, owner, models.LedgerFilter{}, p))
		},
		"members": func(c context.Context, p models.Paging) error {
			return second(w.Members(c, owner, models.MemberFilter{}, p))
		},
		"members by role": func(c context.Context, p models.Paging) error {
			return second(w.Members(c, owner, models.MemberFilter{Sort: "role"}, p))
		},
		"members by join": func(c context.Context, p models.Paging) error {
			return second(w.Members(c, owner, models.MemberFilter{Sort: "joined"}, p))
		},
		"reselling team": func(c context.Context, p models.Paging) error {
			return second(w.ResellingTeam(c, owner, models.MemberFilter{}, p))
		},
		"activity": func(c context.Context, p models.Paging) error {
			return second(w.Activity(c, owner, models.EventFilter{}, p))
		},

		"all accounts": func(c context.Context, p models.Paging) error {
			return second(w.AllAccounts(c, staff, models.AccountFilter{}, p))
		},
		"all accounts by name": func(c context.Context, p models.Paging) error {
			return second(w.AllAccounts(c, staff, models.AccountFilter{Sort: "name"}, p))
		},
		"all trials": func(c context.Context, p models.Paging) error {
			return second(w.AllTrials(c, staff, models.StaffTrialFilter{}, p))
		},
		"all trials by end": func(c context.Context, p models.Paging) error {
			return second(w.AllTrials(c, staff, models.StaffTrialFilter{Sort: "ends"}, p))
		},
		"all requests": func(c context.Context, p models.Paging) error {
			return second(w.AllRequests(c, staff, models.RequestFilter{}, p))
		},
		"all orders": func(c context.Context, p models.Paging) error {
			return second(w.AccountOrders(c, staff, models.OrderFilter{}, p))
		},
		"all invoices": func(c context.Context, p models.Paging) error {
			return second(w.AccountInvoices(c, staff, models.InvoiceFilter{}, p))
		},
		"all payments": func(c context.Context, p models.Paging) error {
			return second(w.AccountPayments(c, staff, models.PaymentFilter{}, p))
		},
		"all events": func(c context.Context, p models.Paging) error {
			return second(w.Store.Events(c, staff, models.EventFilter{}, p))
		},
		"all prices": func(c context.Context, p models.Paging) error {
			return second(w.Prices(c, admin, models.PriceFilter{}, p))
		},
		"mail box": func(c context.Context, p models.Paging) error {
			return second(w.MailBox(c, admin, models.MailFilter{}, p))
		},
	}
}

var (
	sorts  = regexp.MustCompile(`USE TEMP B-TREE FOR ORDER|Sort Key`)
	ties   = regexp.MustCompile(`Sort Key: [^\n]*\n\s*Presorted Key`) // only rows of one instant are sorted
	seekOf = regexp.MustCompile(`SEARCH [a-z]+ USING .*[<>]`)
)

// TestTheLastPageCostsWhatTheFirstDoes looks at how the database reads a page
// far down a list: it seeks its first row in an index and sorts nothing, so that
// it reads as many rows as the first page does.
func TestTheLastPageCostsWhatTheFirstDoes(t *testing.T) {
	w := modelstest.New(t)
	var statement string
	var args []any
	defer w.Watch(t.Context(), models.System, func(s string, a []any) { statement, args = s, a })()
	for name, page := range lists(w) {
		if name == "all accounts by name" { // all of them are sorted for each page: there are some hundred
			continue
		}
		for _, p := range []models.Paging{{After: models.Cursor(modelstest.Now, modelstest.AcmeClient)}, {Before: models.Cursor(modelstest.Now, modelstest.AcmeClient)}} {
			statement = ""
			if err := page(t.Context(), p); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if statement == "" {
				t.Errorf("%s reads no page", name)
				continue
			}
			plan, _, _ := strings.Cut(explained(t, w, statement, args), "CORRELATED") // what belongs to one row
			if sorts.MatchString(ties.ReplaceAllString(plan, "")) || w.Dialect() == "sqlite" && !seekOf.MatchString(strings.SplitN(plan, "\n", 2)[0]) {
				t.Errorf("%s %+v is read by\n%s", name, p, plan)
			}
		}
	}
}

// explained is how the database would read a statement if the tables were large.
func explained(t *testing.T, w *modelstest.World, statement string, args []any) string {
	t.Helper()
	var lines []string
	tx := w.DB.Begin()
	defer tx.Rollback()
	read := func(query string, column int, args ...any) {
		rows, err := tx.Raw(query, args...).Rows()
		if err != nil {
			t.Fatalf("%v: %s", err, query)
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprint(*values[column].(*any)))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if w.Dialect() == "sqlite" {
		read("EXPLAIN QUERY PLAN "+statement, 3, args...)
		return strings.Join(lines, "\n")
	}
	for _, way := range []string{"enable_seqscan", "enable_sort", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"} {
		if err := tx.Exec("SET LOCAL " + way + " = off").Error; err != nil {
			t.Fatal(err)
		}
	}
	read("EXPLAIN "+bare(statement), 0, args...)
	return strings.Join(lines, "\n")
}

// bare is a statement with question marks, as GORM takes them.
func bare(statement string) string {
	return regexp.MustCompile(`\$\d+`).ReplaceAllString(statement, "?")
}
