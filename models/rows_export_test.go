package models

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// tables are the rows of all tables that rowsOf reads whole.
var tables = []func(context.Context, *gorm.DB) (string, int, error){
	sameAsGORM[Account], sameAsGORM[accountZone], sameAsGORM[Allocation], sameAsGORM[Annex], sameAsGORM[AnnexTemplate], sameAsGORM[annexView], sameAsGORM[attempt],
	sameAsGORM[Branding], sameAsGORM[Client], sameAsGORM[ClientCreditNote], sameAsGORM[ClientInvoice], sameAsGORM[ClientInvoiceLine], sameAsGORM[clientInterest],
	sameAsGORM[CreditNote], sameAsGORM[CreditNoteLine], sameAsGORM[deadToken], sameAsGORM[Document], sameAsGORM[EmailChange], sameAsGORM[Event],
	sameAsGORM[installation], sameAsGORM[Invitation], sameAsGORM[Invoice], sameAsGORM[InvoiceLine], sameAsGORM[knownDevice], sameAsGORM[License], sameAsGORM[LicenseTerm],
	sameAsGORM[Logo], sameAsGORM[Mail], sameAsGORM[Membership], sameAsGORM[mutedMail], sameAsGORM[Order], sameAsGORM[OrderLine], sameAsGORM[OwnershipOffer], sameAsGORM[OwnerReplacement],
	sameAsGORM[PasswordReset], sameAsGORM[Payment], sameAsGORM[PlanTerms], sameAsGORM[Posting], sameAsGORM[Price], sameAsGORM[Product], sameAsGORM[Request], sameAsGORM[requestKey],
	sameAsGORM[Session], sameAsGORM[SigningKey], sameAsGORM[Activation], sameAsGORM[Trial], sameAsGORM[trialAllowance], sameAsGORM[TrialConflict], sameAsGORM[trialGrant], sameAsGORM[trialReminder], sameAsGORM[User], sameAsGORM[Vendor],
}

// RowsDiffer reads every table as GORM does and by hand, and compares how both
// would insert what they read. It returns what differs, and how many rows of
// each table it has compared.
func (s *Store) RowsDiffer(ctx context.Context, _ Actor) (differences []error, compared map[string]int) {
	compared = map[string]int{}
	for _, same := range tables {
		table, n, err := same(ctx, s.db)
		compared[table] = n
		if err != nil {
			differences = append(differences, fmt.Errorf("%s: %w", table, err))
		}
	}
	return differences, compared
}

func sameAsGORM[T any](ctx context.Context, db *gorm.DB) (table string, n int, err error) {
	shape, err := shapeOf(db, reflect.TypeFor[T]())
	if err != nil {
		return reflect.TypeFor[T]().Name(), 0, err
	}
	var want []T
	if err := db.WithContext(ctx).Find(&want).Error; err != nil {
		return shape.table, 0, err
	}
	got, err := readByHand(ctx, rowsOf[T](db))
	if err != nil {
		return shape.table, 0, err
	}
	if err := sameRows(got, want); err != nil {
		return shape.table, 0, err
	}
	for _, row := range want {
		if err := insertsAlike(ctx, db, shape, &row); err != nil {
			return shape.table, 0, err
		}
	}
	return shape.table, len(want), manyAlike(ctx, db, shape, want[:min(len(want), 3)])
}

// manyAlike compares the statement that inserts several rows, and its values.
func manyAlike[T any](ctx context.Context, db *gorm.DB, shape *shape, all []T) error {
	if shape.inserts == "" || len(all) < 2 {
		return nil
	}
	var values []any
	for i := range all {
		row, _ := shape.values(ctx, reflect.ValueOf(&all[i]).Elem())
		values = append(values, row...)
	}
	want := db.Session(&gorm.Session{NewDB: true, DryRun: true, Context: ctx}).Create(&all).Statement
	got, text := shape.insertsOf(db.Name(), len(all)), strings.ReplaceAll(want.SQL.String(), "`", `"`)
	if strings.ReplaceAll(got, ", ", ",") != strings.ReplaceAll(text, ", ", ",") || !reflect.DeepEqual(values, want.Vars) {
		return fmt.Errorf("inserts %d by\n%s\n%v, want\n%s\n%v", len(all), got, values, text, want.Vars)
	}
	return nil
}

// insertsAlike compares the statement that inserts a row, and its values.
func insertsAlike(ctx context.Context, db *gorm.DB, shape *shape, row any) error {
	if shape.inserts == "" { // the database numbers its rows
		return nil
	}
	values, ok := shape.values(ctx, reflect.ValueOf(row).Elem())
	if !ok {
		return fmt.Errorf("was left to GORM")
	}
	want := db.Session(&gorm.Session{NewDB: true, DryRun: true, Context: ctx}).Create(row).Statement
	if text := strings.ReplaceAll(want.SQL.String(), "`", `"`); strings.ReplaceAll(shape.inserts, ", ", ",") != strings.ReplaceAll(text, ", ", ",") {
		return fmt.Errorf("inserts by\n%s, want\n%s", shape.inserts, text)
	}
	if !reflect.DeepEqual(values, want.Vars) {
		return fmt.Errorf("inserts\n%v, want\n%v", values, want.Vars)
	}
	return nil
}

// readByHand is Find without a way back to GORM.
func readByHand[T any](ctx context.Context, r rows[T]) (all []T, err error) {
	var one T
	_, done, err := r.scan(ctx, &one, 0, func() { all = append(all, one) })
	if err == nil && !done {
		err = fmt.Errorf("was left to GORM")
	}
	return all, err
}

func sameRows[T any](got, want []T) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Errorf("row %d is\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
	return nil
}
