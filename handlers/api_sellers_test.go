package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/models/modelstest"
)

// said reads the body of an answer that must have a status.
func said[T any](t *testing.T, a answer, status int) (body T) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d, want %d: %s", a.status, status, a.body)
	}
	fine(t, json.Unmarshal([]byte(a.body), &body))
	return body
}

// A client invoice is issued, mailed, paid, opened again, taken back and issued anew.
func TestAClientInvoicesLifeByTheAPI(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	order := sc.placedOrder(t)
	_, token := sc.token(t, modelstest.AcmeOwner, "read", "client_invoices")
	post := func(path, body string) answer {
		return s.call(t, http.MethodPost, "/api/v1/client-invoices"+path, token, body, "Idempotency-Key", sc.next())
	}
	bill := `{"order_id":"` + order + `","discount":{"amount":1000,"currency":"EUR"},"due_on":"2026-03-31"}`
	i := said[api.ClientInvoice](t, post("", bill), 201)
	if i.State != "open" || i.Discount != (api.Money{Amount: 1000, Currency: "EUR"}) || i.DueOn != "2026-03-31" || i.Version != 1 || i.SentTo != "" || i.CreditNote != nil {
		t.Errorf("%+v", i)
	}
	post("/"+i.ID+"/reopening", `{"version":1}`).wants(409, "not_paid")
	sent := said[api.ClientInvoice](t, post("/"+i.ID+"/sending", `{"version":1}`), 200)
	if sent.SentTo == "" || sent.Version != 2 || len(s.Jobs(t, "client_invoice_mail")) != 1 {
		t.Errorf("%+v", sent)
	}
	post("/"+i.ID+"/payment", `{"version":1,"paid_on":"2026-03-01"}`).wants(409, "changed")
	paid := said[api.ClientInvoice](t, post("/"+i.ID+"/payment", `{"version":2,"paid_on":"2026-03-01"}`), 200)
	if paid.State != "paid" || paid.PaidOn != "2026-03-01" || paid.Version != 3 {
		t.Errorf("%+v", paid)
	}
	open := said[api.ClientInvoice](t, post("/"+i.ID+"/reopening", `{"version":3}`), 200)
	if open.State != "open" || open.PaidOn != "" || open.Version != 4 {
		t.Errorf("%+v", open)
	}
	post("", bill).wants(409, "billed")
	post("/"+i.ID+"/credit-note", `{"version":4,"reason":""}`).wants(422, "invalid")
	const key = "one-credit-note"
	for _, again := range []string{"", "true"} {
		a := s.call(t, http.MethodPost, "/api/v1/client-invoices/"+i.ID+"/credit-note", token, `{"version":4,"reason":"Wrong company"}`, "Idempotency-Key", key)
		credited := said[api.ClientInvoice](t, a, 200)
		n := credited.CreditNote
		if a.header.Get("Idempotent-Replayed") != again || credited.State != "credited" || n == nil || !strings.Contains(n.Number, "-CN-2026-00001") || n.Reason != "Wrong company" || n.Total != i.Total {
			t.Errorf("%+v %+v", credited, n)
		}
		if pdf := s.call(t, http.MethodGet, n.PDF, token, ""); pdf.status != 200 || !strings.HasPrefix(pdf.body, "%PDF-") {
			t.Errorf("its PDF: %d", pdf.status)
		}
	}
	post("/"+i.ID+"/credit-note", `{"version":5,"reason":"Again"}`).wants(409, "credited")
	if anew := said[api.ClientInvoice](t, post("", bill), 201); anew.Number == i.Number || s.Count(t, "client_credit_notes", "1 = 1") != 1 {
		t.Errorf("%s after %s", anew.Number, i.Number)
	}
}

// What a Seller does with a licence on its page: its machines, files and the client's page.
func TestALicenceByTheAPI(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	path := "/api/v1/licenses/" + sc.trial(t).Trial.LicenseID
	_, token := sc.token(t, modelstest.AcmeOwner, "read", "trials")
	post := func(at, body string) answer { return s.call(t, http.MethodPost, path+at, token, body) }
	file := said[api.MadeFile](t, post("/files", `{"fingerprint":"machine-1","name":"ROBOT-07"}`), 200)
	keys, err := s.PublicKeys(t.Context(), modelstest.Visitor)
	fine(t, err)
	if c, err := keys.VerifyFile(file.File, "studio-pro", "machine-1", s.Clock.Now()); err != nil || c.ExpiresAt != file.ExpiresAt.Unix() || file.Name != "studio-pro.license" {
		t.Errorf("%+v, %v", c, err)
	}
	post("/files", `{"fingerprint":"machine 1"}`).wants(422, "invalid")
	post("/files", `{"fingerprint":"machine-2"}`).wants(409, "TOO_MANY_ACTIVATIONS")
	l := said[api.LicenseDetail](t, s.call(t, http.MethodGet, path, token, ""), 200)
	if len(l.Machines) != 1 || l.MachineCount != 1 || l.DeactivationsLeft != 3 {
		t.Fatalf("%+v", l)
	}
	if m := l.Machines[0]; m.Fingerprint != "machine-1" || m.Name != "ROBOT-07" || !m.HasSeat || !m.ActivatedAt.Equal(modelstest.Now) || !m.LastSeenAt.Equal(modelstest.Now) {
		t.Errorf("%+v", m)
	}
	off := fmt.Sprintf(`{"machine_id":%q}`, l.Machines[0].ID)
	if l := said[api.LicenseDetail](t, post("/deactivations", off), 200); len(l.Machines) != 0 || l.DeactivationsLeft != 2 {
		t.Errorf("%+v", l)
	}
	post("/deactivations", off).wants(409, "deactivated")
	post("/deactivations", `{"machine_id":"none"}`).wants(404, "not_found")
	renewed := said[api.LicenseDetail](t, post("/page-renewal", ""), 200)
	if renewed.PageURL == l.PageURL || renewed.PageURL == "" {
		t.Errorf("the page stays at %s", renewed.PageURL)
	}
	if off := said[api.LicenseDetail](t, post("/page-revocation", ""), 200); off.PageURL != "" {
		t.Errorf("the page is at %s", off.PageURL)
	}
	post("/page-revocation", "").wants(409, "page_revoked")
}

// Seats are added to a running licence, the proposal for its client is read, and
// two clients become one.
func TestMoreOfWhatSellersDoByTheAPI(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	_, token := sc.token(t, modelstest.AcmeOwner, "read", "orders", "clients")
	quoted := sc.quotedOrder(t)
	pdf := s.call(t, http.MethodGet, "/api/v1/orders/"+quoted+"/proposal/pdf?discount=5%25&paper=letter", token, "")
	if pdf.status != 200 || pdf.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.body, "%PDF-") {
		t.Errorf("%d %s", pdf.status, pdf.header.Get("Content-Type"))
	}
	s.call(t, http.MethodGet, "/api/v1/orders/"+quoted+"/proposal/pdf?discount=9999999", token, "").wants(422, "invalid")
	s.call(t, http.MethodGet, "/api/v1/orders/"+sc.order(t)+"/proposal/pdf", token, "").wants(409, "settled")

	trial := sc.trial(t)
	ask := func(license string) answer {
		return s.call(t, http.MethodPost, "/api/v1/orders", token, `{"adds_to_license_id":"`+license+`","lines":[{"product":"studio-pro","seats":2,"quarters":1}]}`)
	}
	ask(trial.Trial.LicenseID).wants(409, "unpaid_for")
	s.Exec(t, "UPDATE licenses SET revoked_at = ? WHERE id = ?", modelstest.Now, trial.Trial.LicenseID)
	ask(trial.Trial.LicenseID).wants(409, "ended")

	kept, gone := sc.client(t), sc.client(t)
	body := `{"other_id":"` + gone + `","version":1,"other_version":1,"take_other":["company","reference"]}`
	var there models.Client
	fine(t, s.DB.Where("id = ?", gone).Take(&there).Error)
	merged := said[api.EndClient](t, s.call(t, http.MethodPost, "/api/v1/clients/"+kept+"/merge", token, body), 200)
	if merged.ID != kept || merged.Company != there.Company {
		t.Errorf("%+v", merged)
	}
	s.call(t, http.MethodPatch, "/api/v1/clients/"+gone, token, `{"version":2,"notes":"x"}`).wants(409, "client_merged")
	p := s.call(t, http.MethodPost, "/api/v1/clients/"+kept+"/merge", token, `{"other_id":"none","version":2,"other_version":1}`).wants(422, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Field != "other_id" {
		t.Errorf("%+v", p.Errors)
	}
	s.call(t, http.MethodPost, "/api/v1/clients/"+kept+"/merge", token, `{"other_id":"none","version":2,"other_version":1,"take_other":["id"]}`).wants(422, "invalid")
	people := said[api.List[api.Colleague]](t, s.call(t, http.MethodGet, "/api/v1/colleagues", token, ""), 200)
	if len(people.Items) != 2 || people.Items[0].Name == "" || people.Items[0].ID == "" {
		t.Errorf("%+v", people)
	}
}
