package handlers_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/static"
)

// scenes writes rows to walk into: each call makes new ones.
type scenes struct {
	*site
	n    int
	rows map[string]func(*testing.T, models.Actor) []string // by the path that names them
}

func newScenes(s *site) *scenes {
	sc := &scenes{site: s}
	one := func(row func(*testing.T) string) func(*testing.T, models.Actor) []string {
		return func(t *testing.T, _ models.Actor) []string { return []string{row(t)} }
	}
	always := func(value string) func(*testing.T, models.Actor) []string {
		return func(*testing.T, models.Actor) []string { return []string{value} }
	}
	sc.rows = map[string]func(*testing.T, models.Actor) []string{
		"/static/*":              always(strings.TrimPrefix(static.URL("app.css"), static.Prefix)),
		"/password/reset/:token": one(sc.resetToken),
		"/invitations/:token":    one(sc.invitationToken),
		"/l/:token":              one(sc.licensePageToken),
		"/me/email/:token":       func(t *testing.T, who models.Actor) []string { return []string{sc.emailToken(t, who)} },
		"/me/sessions/:id":       func(t *testing.T, who models.Actor) []string { return []string{sc.session(t, who)} },
		"/team/users/:id":        one(func(t *testing.T) string { return sc.membership(t, models.Member, "") }),
		"/team/reselling/:id":    one(func(t *testing.T) string { return sc.membership(t, models.Member, models.Seller) }),
		"/team/invitations/:id":  one(sc.teamInvitation),

		"/team/ownership-offers/:id": one(sc.offer),
		"/clients/:id":               one(sc.client),
		"/trials/:id":                one(func(t *testing.T) string { return sc.trial(t).Trial.ID }),
		"/trials/requests/:id":       one(sc.request),
		"/admin/requests/:id":        one(sc.request),
		"/trials/requests/new": func(t *testing.T, _ models.Actor) []string { // nothing waits, so that it can be asked for
			sc.Exec(t, "UPDATE requests SET withdrawn_at = ? WHERE kind = 'extra' AND decided_at IS NULL", modelstest.Now)
			return nil
		},
		"/admin/conflicts/:id": one(sc.conflict),
		"/orders/:id":          one(sc.quotedOrder),
		"/invoices/:id":        one(sc.invoice),
		"/admin/payments/:id":  one(sc.payment),

		"/admin/payments/imports/:id":      one(sc.bankImport),
		"/invoices/credit-notes/:id":       one(sc.creditNote),
		"/admin/invoices/credit-notes/:id": one(sc.creditNote),
		"/agreement": func(t *testing.T, _ models.Actor) []string { // there is something to sign
			sc.Exec(t, "UPDATE annexes SET percentage = 1, countersigned_at = signed_at, countersigned_by = ? WHERE account_id = ? AND declined_at IS NULL", modelstest.VendorSuccess.UserID, modelstest.Acme)
			return nil
		},
		"/agreement/:id":         one(func(t *testing.T) string { return sc.SignAnnex(t, modelstest.Acme).ID }),
		"/admin/annexes/:id":     one(sc.waitingAnnex),
		"/admin/annexes/:id/pdf": one(func(t *testing.T) string { return sc.SignAnnex(t, modelstest.Acme).ID }),
		"/admin/invoices/:id":    one(sc.invoice),
		"/client-invoices/:id":   one(func(t *testing.T) string { return sc.clientInvoice(t).ID }),

		"/client-invoices/:id/credit-note/pdf": one(func(t *testing.T) string { return sc.creditedInvoice(t).ID }),
		"/i/:token":                            one(func(t *testing.T) string { return sc.clientInvoiceToken(t, sc.creditedInvoice(t)) }),
		"/admin/orders/:id":                    one(sc.order),
		"/licenses/:id":                        one(func(t *testing.T) string { return sc.trial(t).Trial.LicenseID }),
		"/admin/accounts/:id":                  always(modelstest.Initech),
		"/admin/trials/:id":                    one(sc.endedTrial),
		"/admin/accounts/:id/owner/:replacement": func(t *testing.T, _ models.Actor) []string {
			return []string{modelstest.Initech, sc.ownerReplacement(t)}
		},
		"/admin/licenses/:id":             one(func(t *testing.T) string { return sc.machine(t)[0] }),
		"/licenses/:id/machines/:machine": func(t *testing.T, _ models.Actor) []string { return sc.machine(t) },

		"/admin/licenses/:id/machines/:machine": func(t *testing.T, _ models.Actor) []string { return sc.machine(t) },

		"/admin/staff/invitations/:id": one(func(t *testing.T) string { return sc.staffInvitation(t).ID }),
		"/admin/staff/:id":             one(sc.employee),
		"/admin/plans/:id":             always("gold"),
		"/admin/plans/:id/terms/:terms": func(t *testing.T, _ models.Actor) []string {
			return []string{"gold", sc.terms(t)}
		},
		"/admin/products/:id": one(sc.product),
		"/admin/prices/:id":   one(sc.price),
		"/admin/mail/:id":     one(sc.mail),
		"/admin/jobs/:id":     one(sc.job),

		"/settings/webhooks/:id":                      one(func(t *testing.T) string { return sc.webhook(t, modelstest.AcmeOwner) }),
		"/admin/webhooks/:id":                         one(func(t *testing.T) string { return sc.webhook(t, modelstest.VendorAdministrator) }),
		"/settings/webhooks/:id/deliveries/:delivery": func(t *testing.T, _ models.Actor) []string { return sc.delivery(t, modelstest.AcmeOwner) },
		"/admin/webhooks/:id/deliveries/:delivery":    func(t *testing.T, _ models.Actor) []string { return sc.delivery(t, modelstest.VendorAdministrator) },
		"/settings/api-tokens/new":                    sc.roomForTokens,
		"/admin/api-tokens/new":                       sc.roomForTokens,
		"/settings/api-tokens/:id":                    one(func(t *testing.T) string { id, _ := sc.token(t, modelstest.AcmeOwner, "read"); return id }),
		"/admin/api-tokens/:id":                       one(func(t *testing.T) string { id, _ := sc.token(t, modelstest.VendorAdministrator, "read"); return id }),
	}
	return sc
}

func (s *scenes) next() string {
	s.n++
	return strconv.Itoa(s.n)
}

func (s *scenes) client(t *testing.T) string {
	n := s.next()
	c, err := s.CreateClient(t.Context(), modelstest.AcmeOwner, models.NewClient{ClientFields: models.ClientFields{Company: "Client " + n, Email: "boss@client" + n + ".example"}})
	fine(t, err)
	return c.ID
}

// trial issues one more trial than the month's quota allows, where it must.
func (s *scenes) trial(t *testing.T) models.IssuedTrial {
	s.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000 WHERE plan = 'silver'")
	issued, err := s.IssueTrial(t.Context(), modelstest.AcmeOwner, models.TrialRequest{Product: "studio-pro", ClientID: s.client(t)})
	fine(t, err)
	return issued
}

func (s *scenes) licensePageToken(t *testing.T) string {
	trial, err := s.Trial(t.Context(), modelstest.AcmeOwner, s.trial(t).Trial.ID)
	fine(t, err)
	return lastPart(trial.PageURL)
}

func lastPart(link string) string { return link[strings.LastIndex(link, "/")+1:] }

// request asks for an extension, of which each trial can have one.
func (s *scenes) request(t *testing.T) string {
	r, err := s.MakeRequest(t.Context(), modelstest.AcmeOwner, models.RequestEntry{Kind: models.Extension, TrialID: s.trial(t).Trial.ID, Days: "7", Reason: "A scene"})
	fine(t, err)
	return r.ID
}

// conflict lets Globex issue a trial for a client who is on trial at Acme.
func (s *scenes) conflict(t *testing.T) string {
	s.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000 WHERE plan = 'bronze'")
	at := s.trial(t)
	_, err := s.IssueTrial(t.Context(), modelstest.GlobexOwner, models.TrialRequest{Product: "studio-pro", NewClient: at.Client.Fields()})
	fine(t, err)
	var id string
	fine(t, s.DB.Raw("SELECT id FROM trial_conflicts WHERE first_trial_id = ?", at.Trial.ID).Scan(&id).Error)
	return id
}

// endedTrial is one after which its client may be allowed another.
func (s *scenes) endedTrial(t *testing.T) string {
	issued := s.trial(t)
	fine(t, s.RevokeTrial(t.Context(), modelstest.AcmeOwner, issued.Trial.ID, ""))
	return issued.Trial.ID
}

// ownerReplacement orders another replacement of Initech's Owner.
func (s *scenes) ownerReplacement(t *testing.T) string {
	v, err := s.OwnerToReplace(t.Context(), modelstest.VendorSuccess, modelstest.Initech)
	fine(t, err)
	e := models.ReplacementEntry{OwnerID: v.Owner.ID, Email: "owner" + s.next() + "@scene.example", Reason: "A scene"}
	if v.Open != nil {
		e.ReplacementID = v.Open.ID
	}
	staff := modelstest.VendorSuccess
	staff.Reauthed = s.Now()
	r, err := s.ReplaceOwner(t.Context(), staff, modelstest.Initech, e)
	fine(t, err)
	return r.ID
}

func (s *scenes) user(t *testing.T, role models.StaffRole) string {
	email := "user" + s.next() + "@scene.example"
	u := models.User{ID: uuid.NewString(), Email: email, EmailKey: email, Name: "Ulla " + email, Search: "ulla " + email, PasswordHash: "none", StaffRole: role, CreatedAt: modelstest.Now, PasswordChangedAt: modelstest.Now, Version: 1}
	fine(t, s.DB.Create(&u).Error)
	return u.ID
}

func (s *scenes) membership(t *testing.T, role models.Role, reselling models.ResellingRole) string {
	m := models.Membership{ID: uuid.NewString(), AccountID: modelstest.Acme, UserID: s.user(t, ""), Role: role, ResellingRole: reselling, JoinedAt: modelstest.Now}
	if reselling != "" {
		m.ResellingSince = &modelstest.Now
	}
	fine(t, s.DB.Create(&m).Error)
	return m.ID
}

func (s *scenes) employee(t *testing.T) string { return s.user(t, models.Support) }

func (s *scenes) session(t *testing.T, who models.Actor) string {
	session := models.Session{ID: uuid.NewString(), TokenHash: "scene-" + s.next(), UserID: who.UserID, Device: "Scene", Address: who.Address, CreatedAt: modelstest.Now, LastUsedAt: modelstest.Now, ReauthenticatedAt: modelstest.Now}
	if who.AccountID != "" {
		session.AccountID = &who.AccountID
	}
	fine(t, s.DB.Create(&session).Error)
	return session.ID
}

func (s *scenes) teamInvitation(t *testing.T) string {
	sent, _, err := s.InviteUsers(t.Context(), modelstest.AcmeOwner, models.TeamInvitation{Emails: "invited" + s.next() + "@scene.example", Role: models.Member})
	fine(t, err)
	return sent[0].ID
}

func (s *scenes) staffInvitation(t *testing.T) models.Invitation {
	in, _, err := s.InviteStaff(t.Context(), models.System, models.StaffInvitation{Email: "staff" + s.next() + "@scene.example", Name: "Stella", Role: models.Support})
	fine(t, err)
	return in
}

func (s *scenes) invitationToken(t *testing.T) string {
	_, link, err := s.InviteStaff(t.Context(), models.System, models.StaffInvitation{Email: "staff" + s.next() + "@scene.example", Name: "Stella", Role: models.Support})
	fine(t, err)
	return lastPart(link)
}

// resetToken is the link for somebody who is not of the cast, who would lose their sessions.
func (s *scenes) resetToken(t *testing.T) string {
	var email string
	fine(t, s.DB.Raw("SELECT email FROM users WHERE id = ?", s.user(t, "")).Scan(&email).Error)
	fine(t, s.RequestPasswordReset(t.Context(), modelstest.Visitor, email))
	s.Exec(t, "DELETE FROM attempts")
	var id string
	fine(t, s.DB.Raw("SELECT r.id FROM password_resets r JOIN users u ON u.id = r.user_id WHERE u.email = ?", email).Scan(&id).Error)
	letter, _, err := s.PasswordResetForMail(t.Context(), models.System, models.PasswordResetMail{ResetID: id})
	fine(t, err)
	return lastPart(letter.Link)
}

func (s *scenes) emailToken(t *testing.T, who models.Actor) string {
	change, err := s.RequestEmailChange(t.Context(), who, "moved"+s.next()+"@scene.example", modelstest.Password)
	fine(t, err)
	s.Exec(t, "DELETE FROM attempts")
	letter, _, err := s.EmailChangeForMail(t.Context(), models.System, models.EmailChangeMail{ChangeID: change.ID})
	fine(t, err)
	return lastPart(letter.Link)
}

// offer makes Olivia the Owner again, who offers the ownership to Mia.
func (s *scenes) offer(t *testing.T) string {
	for user, role := range map[string]models.Role{modelstest.AcmeMember.UserID: models.Member, modelstest.AcmeOwner.UserID: models.Admin} {
		s.Exec(t, "UPDATE memberships SET role = ?, reselling_role = '', reselling_since = NULL WHERE account_id = ? AND user_id = ?", role, modelstest.Acme, user)
	}
	s.Exec(t, "UPDATE memberships SET role = 'owner', reselling_since = ? WHERE account_id = ? AND user_id = ?", modelstest.Now, modelstest.Acme, modelstest.AcmeOwner.UserID)
	s.Exec(t, "UPDATE ownership_offers SET withdrawn_at = ? WHERE accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL", modelstest.Now)
	o, err := s.OfferOwnership(t.Context(), modelstest.AcmeOwner, s.membershipOf(t, modelstest.AcmeMember))
	fine(t, err)
	return o.ID
}

func (s *scenes) terms(t *testing.T) string {
	s.n++
	terms, err := s.AddTerms(t.Context(), modelstest.VendorAdministrator, models.TermsEntry{
		Plan: models.Gold, HoldsFrom: modelstest.Now.AddDate(1, 0, s.n).Format("2006-01-02"), TrialDays: "45", TrialsPerMonth: "10", Percentage: "75", Note: "A test",
	})
	fine(t, err)
	return terms.ID
}

func (s *scenes) product(t *testing.T) string {
	n := s.next()
	p, err := s.CreateProduct(t.Context(), modelstest.VendorAdministrator, models.ProductEntry{Code: "scene-" + n, Name: "Scene " + n, Seats: "1", Position: "9"})
	fine(t, err)
	return p.ID
}

func (s *scenes) mail(t *testing.T) string {
	n := s.next()
	m, _, err := s.KeepMail(t.Context(), models.System, models.Mail{DedupeKey: n, Kind: "scene", Recipient: "a@scene.example", Subject: "Scene", MessageID: "<" + n + "@scene.example>", HTML: "<p>Scene</p>", Body: "Scene"})
	fine(t, err)
	return m.ID
}

func (s *scenes) job(t *testing.T) string {
	s.staffInvitation(t)
	var id int64
	fine(t, s.DB.Raw("SELECT MAX(id) FROM river_job").Scan(&id).Error)
	return strconv.FormatInt(id, 10)
}

// fingerprint is one line for each table that tells its rows.
func (s *site) fingerprint(t *testing.T) string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if s.Dialect() == "postgres" {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	var tables []string
	fine(t, s.DB.Raw(query).Scan(&tables).Error)
	slices.Sort(tables)
	var all strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&all, "%s %x\n", table, s.rowsOf(t, table))
	}
	return all.String()
}

func (s *site) rowsOf(t *testing.T, table string) [sha256.Size]byte {
	t.Helper()
	rows, err := s.DB.Raw(`SELECT * FROM "` + table + `"`).Rows()
	fine(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	fine(t, err)
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	var lines []string
	for rows.Next() {
		fine(t, rows.Scan(into...))
		lines = append(lines, fmt.Sprint(cells...))
	}
	fine(t, rows.Err())
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

// difference names the tables whose lines differ.
func difference(before, after string) string {
	var tables []string
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) {
			table, _, _ := strings.Cut(line, " ")
			tables = append(tables, table)
		}
	}
	return strings.Join(tables, ", ")
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// price adds one from a day on which no other begins.
func (s *scenes) price(t *testing.T) string {
	s.n++
	day := string(models.DateIn(modelstest.Now, time.UTC).AddDays(s.n))
	p, err := s.AddPrice(t.Context(), modelstest.VendorSuccess, models.PriceEntry{Product: "studio-pro", Currency: "CHF", UnitPrice: "100", ValidFrom: day, ValidThrough: day})
	fine(t, err)
	return p.ID
}

// waitingAnnex is signed by the account only.
func (s *scenes) waitingAnnex(t *testing.T) string {
	a := s.SignAnnex(t, modelstest.Acme)
	s.Exec(t, "UPDATE annexes SET countersigned_at = NULL, countersigned_by = NULL WHERE id = ?", a.ID)
	return a.ID
}

// quotedOrder can be placed: the Annex is in force.
func (s *scenes) quotedOrder(t *testing.T) string {
	s.SignAnnex(t, modelstest.Acme)
	o, err := s.QuoteOrder(t.Context(), modelstest.VendorSuccess, s.order(t), models.QuoteEntry{UnitPrices: []string{"100"}, ValidUntil: "2026-03-31", Version: 1, RequestKey: uuid.NewString()})
	fine(t, err)
	return o.ID
}

// invoice is one that waits for its payment.
func (s *scenes) invoice(t *testing.T) string {
	id := s.quotedOrder(t)
	_, err := s.PlaceOrder(t.Context(), modelstest.AcmeSeller, id, models.Placement{Version: 2, RequestKey: uuid.NewString()})
	fine(t, err)
	var invoice models.Invoice
	fine(t, s.DB.Where("order_id = ?", id).Take(&invoice).Error)
	return invoice.ID
}

// payment is one of which some is left, while an invoice is open.
func (s *scenes) payment(t *testing.T) string {
	s.invoice(t)
	finance := modelstest.VendorFinance
	finance.Reauthed = s.Clock.Now()
	p, err := s.RecordPayment(t.Context(), finance, models.PaymentEntry{AccountID: modelstest.Acme, Amount: "1", Method: models.BankTransfer, Reference: "R " + s.next(), ReceivedOn: "2026-03-01"})
	fine(t, err)
	return p.ID
}

// creditNote is one that was issued.
func (s *scenes) creditNote(t *testing.T) string {
	s.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
	finance := modelstest.VendorFinance
	finance.Reauthed = s.Clock.Now()
	n, err := s.CreditInvoice(t.Context(), finance, s.invoice(t), models.CreditEntry{Reason: "A scene"})
	fine(t, err)
	return n.ID
}

// bankImport is a statement of one line that brings money in.
func (s *scenes) bankImport(t *testing.T) string {
	i, err := s.UploadBankStatement(t.Context(), modelstest.VendorFinance, models.BankUpload{FileName: "scene.csv", Content: []byte("Date,Payer,Details,Amount\n2026-03-02,Acme,Scene " + s.next() + ",1.00\n"), Currency: "EUR"})
	fine(t, err)
	return i.ID
}

// order is a price request that waits.
func (s *scenes) order(t *testing.T) string {
	o, err := s.RequestPrices(t.Context(), modelstest.AcmeSeller, models.PriceRequest{ClientID: s.client(t), Lines: []models.LineEntry{{Product: "studio-pro", Seats: "10", Quarters: "4"}}})
	fine(t, err)
	return o.ID
}

// clientInvoice is one that is open.
func (s *scenes) clientInvoice(t *testing.T) models.ClientInvoice {
	i, err := s.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, models.ClientInvoiceEntry{OrderID: s.placedOrder(t), Discounts: []string{"5 %"}, TaxRate: "21", DueOn: "2026-03-31"})
	fine(t, err)
	return i
}

func (s *scenes) creditedInvoice(t *testing.T) models.ClientInvoice {
	i := s.clientInvoice(t)
	_, err := s.CreditClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, "A scene", 1)
	fine(t, err)
	return i
}

func (s *scenes) clientInvoiceToken(t *testing.T, i models.ClientInvoice) string {
	_, err := s.SendClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 2)
	fine(t, err)
	l, _, err := s.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: i.ID, Number: 1})
	fine(t, err)
	return strings.Split(l.Link, "/")[4]
}

// placedOrder is one that can be billed to its client.
func (s *scenes) placedOrder(t *testing.T) string {
	var order string
	fine(t, s.DB.Raw("SELECT order_id FROM invoices WHERE id = ?", s.invoice(t)).Scan(&order).Error)
	return order
}

// webhook is the only one of whom who sets it up.
func (s *scenes) webhook(t *testing.T, who models.Actor) string {
	who.Reauthed = s.Clock.Now()
	s.Exec(t, "UPDATE webhooks SET deleted_at = ? WHERE deleted_at IS NULL", modelstest.Now)
	w, err := s.CreateWebhook(t.Context(), who, models.WebhookEntry{URL: "https://hooks.scene.example/" + s.next(), Description: "Scene"})
	fine(t, err)
	return w.ID
}

// delivery is one that was given up.
func (s *scenes) delivery(t *testing.T, who models.Actor) []string {
	webhook := s.webhook(t, who)
	s.client(t)
	var id string
	fine(t, s.DB.Raw("SELECT id FROM webhook_deliveries WHERE webhook_id = ?", webhook).Scan(&id).Error)
	fine(t, s.NoteWebhookAttempt(t.Context(), models.System, id, models.WebhookAttempt{At: modelstest.Now, URL: "https://hooks.scene.example/", Status: 500, Answer: hostileStrings[0], Problem: "No."}))
	return []string{webhook, id}
}

// machine is one on which a licence is in use: the licence, then the machine.
func (s *scenes) machine(t *testing.T) []string {
	license := s.trial(t).Trial.LicenseID
	_, err := s.MakeLicenseFile(t.Context(), modelstest.AcmeSeller, license, models.FileEntry{Fingerprint: "machine-" + s.next(), Name: "Robot"})
	fine(t, err)
	var machine string
	fine(t, s.DB.Raw("SELECT id FROM activations WHERE license_id = ?", license).Scan(&machine).Error)
	return []string{license, machine}
}

// roomForTokens revokes those that are there.
func (s *scenes) roomForTokens(t *testing.T, _ models.Actor) []string {
	s.Exec(t, "UPDATE api_tokens SET revoked_at = ?, revoked_by = created_by WHERE revoked_at IS NULL", modelstest.Now)
	return nil
}

// token makes an API token, and room for it.
func (s *scenes) token(t *testing.T, who models.Actor, scopes ...string) (id, secret string) {
	s.roomForTokens(t, who)
	who.Reauthed = s.Clock.Now()
	token, secret, err := s.CreateAPIToken(t.Context(), who, models.APITokenEntry{Name: "Scene", Scopes: scopes, ExpiresOn: "2026-12-31"})
	fine(t, err)
	return token.ID, secret
}
