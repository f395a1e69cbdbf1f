package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// takenBack are the lines of an order, by id, that credit notes took back as a
// whole and of which nothing runs: nothing was bought of them. A line that was
// credited while its licence goes on is none.
func takenBack(ctx context.Context, db *gorm.DB, orderID string) (map[string]bool, error) {
	var ids []string
	err := db.WithContext(ctx).Raw(`SELECT il.line_id FROM invoices i JOIN invoice_lines il ON il.invoice_id = i.id
		JOIN credit_notes n ON n.invoice_id = i.id AND n.issued_at IS NOT NULL JOIN credit_note_lines c ON c.credit_note_id = n.id AND c.position = il.position
		WHERE i.order_id = ? AND il.due > 0 AND NOT EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = i.order_id AND t.line_id = il.line_id AND t.ended_at IS NULL)
		GROUP BY il.line_id, il.due HAVING SUM(c.net) >= il.due`, orderID).Scan(&ids).Error
	taken := map[string]bool{}
	for _, id := range ids {
		taken[id] = true
	}
	return taken, err
}

// without is o without some of its lines.
func (o orderOf) without(lines map[string]bool) orderOf {
	if len(lines) > 0 {
		o.lines = slices.DeleteFunc(slices.Clone(o.lines), func(l OrderLineOf) bool { return lines[l.ID] })
	}
	return o
}
