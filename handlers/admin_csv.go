package handlers

import (
	"context"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

// exportList sends what each visits as CSV, a row of cells for every item.
func exportList[F, T any](c echo.Context, name string, header []string, f F, each func(context.Context, models.Actor, F, func(T) error) error, cells func(T) []string) error {
	return writeCSV(c, name, header, func(write func(...string) error) error {
		// An export ends with its reader.
		return each(c.Request().Context(), actor(c), f, func(item T) error { return write(cells(item)...) })
	})
}

// moment is an instant that may not have come.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return instant(*t)
}

func (h *handlers) exportAccounts(c echo.Context, f models.AccountFilter) error {
	header := []string{"id", "name", "legal_name", "address", "tax_id", "country", "currency", "plan", "payment_days", "tax_rate_percent", "owner", "owner_email", "invited_owner", "running_trials", "suspended_at", "suspension_reason", "created_at"}
	return exportList(c, "accounts", header, f, h.store.EachAccount, func(a models.AccountRow) []string {
		return []string{a.ID, a.Name, a.LegalName, a.Address, a.TaxID, a.Country, a.Currency, string(a.Plan), strconv.Itoa(a.PaymentDays), views.PercentTyped(a.TaxRate),
			a.OwnerName, a.OwnerEmail, a.InvitedEmail, strconv.Itoa(a.Running), moment(a.SuspendedAt), a.SuspensionReason, instant(a.CreatedAt)}
	})
}

func (h *handlers) exportTrials(c echo.Context, f models.StaffTrialFilter) error {
	header := []string{"id", "account", "client", "client_email", "product", "plan", "month", "days", "state", "issued_at", "issued_by", "ends_at"}
	now := h.store.Now()
	return exportList(c, "trials", header, f, h.store.EachTrialOfAll, func(t models.TrialRow) []string {
		return []string{t.ID, t.AccountName, t.Company, t.ClientEmail, t.ProductName, string(t.Plan), string(t.Month), strconv.Itoa(t.Days), string(t.Status(now)),
			instant(t.IssuedAt), t.IssuedName, instant(t.EndsAt)}
	})
}

func (h *handlers) exportStaff(c echo.Context, f models.StaffFilter) error {
	header := []string{"id", "name", "email", "role", "created_at", "last_sign_in_at"}
	return exportList(c, "staff", header, f, h.store.EachStaff, func(u models.User) []string {
		return []string{u.ID, u.Name, u.Email, string(u.StaffRole), instant(u.CreatedAt), moment(u.LastSignInAt)}
	})
}

func (h *handlers) exportProducts(c echo.Context, f models.CatalogueFilter) error {
	header := []string{"id", "code", "name", "description", "on_trial", "seats", "install_steps", "download_url", "position", "archived_at"}
	return exportList(c, "products", header, f, h.store.EachProduct, func(p models.Product) []string {
		return []string{p.ID, p.Code, p.Name, p.Description, strconv.FormatBool(p.OnTrial), strconv.Itoa(p.Seats), p.InstallSteps, p.DownloadURL, strconv.Itoa(p.Position), moment(p.ArchivedAt)}
	})
}

func (h *handlers) exportMail(c echo.Context, f models.MailFilter) error {
	header := []string{"id", "kind", "recipient", "subject", "message_id", "created_at", "sent_at", "failed_at", "failure"}
	return exportList(c, "mail", header, f, h.store.EachMail, func(m models.Mail) []string {
		return []string{m.ID, m.Kind, m.Recipient, m.Subject, m.MessageID, instant(m.CreatedAt), moment(m.SentAt), moment(m.FailedAt), m.Failure}
	})
}

func (h *handlers) exportJobs(c echo.Context, f models.JobFilter) error {
	header := []string{"id", "kind", "subject", "state", "attempts", "max_attempts", "created_at", "next_at", "last_error"}
	return exportList(c, "jobs", header, f, h.store.EachJob, func(j models.Job) []string {
		return []string{strconv.FormatInt(j.ID, 10), j.Kind, j.Subject(), string(j.State), strconv.Itoa(j.Attempts), strconv.Itoa(j.MaxAttempts), instant(j.CreatedAt), instant(j.NextAt), j.LastError}
	})
}
