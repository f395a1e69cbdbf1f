package handlers_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/mail"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/unicode/norm"

	"reselling/handlers/worker"
	"reselling/models/modelstest"
)

// hostileStrings are what breaks pages, mails, files or databases that trust what
// somebody typed.
var hostileStrings = []string{
	`<script>alert("evil")</script>`,
	`"><img src=x onerror=alert("evil")>`,
	`evil' onfocus='alert(1)' autofocus='`,
	`</textarea></title><svg onload=alert("evil")>`,
	`javascript:alert("evil")//`,
	`https://evil.example/"onmouseover="alert(1)`,
	"evil 👩‍👩‍👧‍👦 🏴‍☠️ 🇪🇸",
	"evil\u202egnp.exe\u202c\u2066x\u2069\u200f",
	strings.TrimSpace(strings.Repeat("evil ", 2_000)),
	strings.Repeat("ü", 10_000),
	strings.Repeat("evil%", 10_000),
	"e\x00v\x01i\x1b[31ml\x7f\u0085\u2028!",
	"evil\xff\xfe\xc3(",
	`=HYPERLINK("http://evil.example","evil")`,
	"+1+cmd|' /C evil'!A0",
	"-1+evil",
	"@SUM(1+1)*evil",
	"\t=1+evil",
	"\r=1+evil",
	"\n=1+evil",
	"evil\r\nBcc: evil@evil.example\r\n\r\n<b>evil</b>",
	"evil@evil.example\r\nBcc: evil@evil.example",
	`"evil" <evil@evil.example>`,
	"evil@evil.example,evil@other.example",
	`'; DROP TABLE clients; -- evil`,
	`evil%_\%`,
	`{{.}} ${7*7} <%= evil %>`,
	"Zoe\u0308 Zoë evil",
}

// junk is what no choice of a form has: a browser would not send it.
var junk = []string{
	"", "nothing", "-1", "1e9", "99999999999999999999", `"><script>alert("evil")</script>`, "e\x00vil\xff",
	strings.Repeat("9", 10_000), "00000000-0000-7000-8000-ffffffffffff",
	modelstest.Globex, modelstest.GlobexSeller.UserID, modelstest.VendorAdministrator.UserID,
}

// honest is what somebody enters who means well; # stands for a new number.
var honest = map[string]string{
	"company": "Fine Company #", "contact_name": "Fiona Fine", "website": "https://fine.example", "tax_id": "FINE#", "reference": "Fine #", "address": "1 Fine Street", "notes": "Fine",
	"email": "fine#@fine#.example", "emails": "fine#@fine#.example", "owner_email": "fine#@fine#.example",
	"password": modelstest.Password, "current_password": modelstest.Password,
	"name": "Fine #", "legal_name": "Fine # Ltd", "country": "ES", "currency": "EUR", "time_zone": "Europe/Madrid", "plan": "gold", "payment_days": "14", "tax_rate": "21",
	"kind": "extra", "days": "7", "decision": "grant", "answer": "A fine answer", "number": "1", "month": "2026-03",
	"scopes": "read", "expires_on": "2026-12-31", "role": "member", "reselling_role": "viewer", "user_id": modelstest.AcmeMember.UserID, "reason": "A fine reason",
	"product": "studio-pro", "who": "new", "client_q": "", "client_id": modelstest.AcmeClient,
	"code": "fine-#", "seats": "1", "position": "1", "download_url": "https://fine.example/get", "description": "Fine", "install_steps": "Install it.",
	"po_number": "PO #", "credit_reason": "A fine correction", "prefix": "ACME", "discount": "1", "amount": "1", "method": "bank_transfer", "received_on": "2026-03-01", "allocation": "1", "body": "A fine text for {{account}}", "consent": "yes", "bank_details": "Fine Bank #", "credit_note_limit": "500", "grace_days": "7", "extra_deactivations": "2", "fingerprint": "fine-machine-#", "trial_days": "7", "trials_per_month": "2", "percentage": "10", "note": "Fine", "url": "https://fine#.example/in", "choice": "all", "successor": "invitation", "former": "admin",
	"customer_success_name": "Fine", "customer_success_email": "fine@fine.example", "customer_success_phone": "+34 1", "customer_success_hours": "9 to 5",
}

// attack is a form of the portal under fire.
type attack struct {
	*house
	t       *testing.T
	who     string
	pattern string // of its page
	key     string
	page    *page // nil: open it anew
	sent    int
	taken   map[string]bool // fields with which a hostile string was accepted
}

var (
	anID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	aNumber = regexp.MustCompile(`/[0-9]+(/|$)`)
	aToken  = regexp.MustCompile(`/[A-Za-z0-9_-]{40,}`)
)

// shape is the address of a form without what names a row.
func shape(address string) string {
	address = anID.ReplaceAllString(address, ":id")
	return aToken.ReplaceAllString(aNumber.ReplaceAllString(address, "/:id$1"), "/:token")
}

// formKey tells a form from others: a row's form is the same in each row.
func formKey(f *goquery.Selection) string {
	var names []string
	for _, i := range inputs(f) {
		names = append(names, i.AttrOr("name", ""))
	}
	slices.Sort(names)
	return cmp.Or(f.AttrOr("method", ""), "get") + " " + shape(f.AttrOr("action", "")) + " " + strings.Join(slices.Compact(names), " ")
}

// inputs are the fields of a form but its token.
func inputs(f *goquery.Selection) []*goquery.Selection {
	var all []*goquery.Selection
	f.Find("input[name], textarea[name], select[name]").Each(func(_ int, i *goquery.Selection) {
		if i.AttrOr("name", "") != "csrf" {
			all = append(all, i)
		}
	})
	return all
}

func isText(i *goquery.Selection) bool {
	if _, fixed := i.Attr("readonly"); fixed {
		return false
	}
	switch goquery.NodeName(i) {
	case "textarea":
		return true
	case "input":
		return !slices.Contains([]string{"hidden", "radio", "checkbox", "file"}, i.AttrOr("type", "text"))
	}
	return false
}

// TestHostileStringsInEveryField finds every form that the portal shows to
// somebody and sends each of its fields everything in hostileStrings or junk, the other
// fields holding what makes sense.
func TestHostileStringsInEveryField(t *testing.T) {
	t.Parallel() // with the other long one
	h := newHouse(t)
	met := map[string]bool{}
	for _, who := range []string{"owner", "seller", "administrator", "visitor"} {
		for _, route := range h.routes() {
			method, pattern, _ := strings.Cut(route, " ")
			if method != http.MethodGet || who == "visitor" && strings.HasPrefix(pattern, "/me/") {
				continue
			}
			h.stage(t, who, pattern).Find("form").Each(func(_ int, f *goquery.Selection) {
				if key := formKey(f); !met[key] {
					met[key] = true
					t.Run(who+" "+key, func(t *testing.T) {
						(&attack{house: h, t: t, who: who, pattern: pattern, key: key, taken: map[string]bool{}}).run()
					})
				}
			})
		}
	}
	if len(met) < 50 {
		t.Errorf("met %d forms only", len(met))
	}
	t.Run("addresses", h.typeAddresses)
	t.Run("mails", h.readMails)
	t.Run("pages and files", h.readEverything)
}

// queries are what the portal reads from addresses.
var queries = strings.Fields("q next emails role reselling_role client product plan sort state month issued from to person account kind show country trials owner archived trial after before")

// typeAddresses opens every page with hostile strings in its address, as somebody
// else's link may have them.
func (h *house) typeAddresses(t *testing.T) {
	for _, who := range []string{"owner", "administrator", "visitor"} {
		for _, route := range h.routes() {
			method, pattern, _ := strings.Cut(route, " ")
			if method != http.MethodGet || who == "visitor" && strings.HasPrefix(pattern, "/me/") {
				continue
			}
			path := h.fill(t, pattern, h.cast[who])
			for i := 0; i < len(hostileStrings); i += 4 {
				with := url.Values{"q": {hostileStrings[i]}}
				for n, name := range queries {
					if len(hostileStrings[i]) < 1000 && (n < len(queries)-2 || i == 0) { // a page that does not exist is soon told
						with.Set(name, hostileStrings[i])
					}
				}
				h.look(t, who, path+"?"+with.Encode())
			}
			for _, row := range []string{"00000000-0000-7000-8000-ffffffffffff", "%00", "%ff", "..%2f..", "<script>", strings.Repeat("9", 300)} {
				if strings.Contains(pattern, ":") {
					h.look(t, who, pattern[:strings.IndexByte(pattern, ':')]+row)
				}
			}
		}
	}
}

// readMails lets the worker write and send every mail that the forms have
// caused, and reads what reaches the mail server.
func (h *house) readMails(t *testing.T) {
	server := listen(t)
	mailer, err := worker.NewSMTP(worker.SMTPSettings{Host: "127.0.0.1", Port: server.port(), Encryption: worker.Unencrypted, From: "portal@portal.example"})
	fine(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- worker.Run(ctx, h.Store, worker.Options{Mailer: mailer, Log: slog.New(slog.DiscardHandler), Drain: time.Minute})
	}()
	for h.Count(t, "river_job", "state IN ('available', 'pending', 'scheduled', 'running', 'retryable')") > 0 {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	stop()
	fine(t, <-ended)
	if n := h.Count(t, "river_job", "state <> 'completed'"); n > 0 {
		t.Errorf("%d jobs failed", n)
	}
	kinds := map[string]bool{}
	for _, letter := range server.letters() {
		kinds[letter.check(t)] = true
	}
	if len(kinds) < 8 {
		t.Errorf("mails of %d sorts only: %v", len(kinds), kinds)
	}
	// With a mail server, nobody needs the mail box to get in, and nobody shall.
	for _, way := range []string{"invitations", "password/reset", "me/email", "l", "i"} {
		if n := h.Count(t, "mails", "body LIKE ? OR html LIKE ?", "%"+modelstest.BaseURL+"/"+way+"/%", "%"+modelstest.BaseURL+"/"+way+"/%"); n > 0 {
			t.Errorf("%d mails are kept with their links to /%s/", n, way)
		}
	}
	for _, kind := range []string{"invitation_mail", "password_reset_mail", "email_change_mail", "trial_mail", "trial_extended_mail"} {
		if h.Count(t, "mails", "kind = ? AND body = '' AND html = ''", kind) == 0 {
			t.Errorf("no mail of the kind %s", kind)
		}
	}
	if h.Count(t, "mails", "kind = 'role_changed_mail' AND body <> '' AND html <> ''") == 0 {
		t.Error("what holds no link is not kept either")
	}
}

// readEverything opens every page of everybody once more, now that all of it is
// hostile, and each file that a page offers.
func (h *house) readEverything(t *testing.T) {
	files := map[string]bool{}
	for _, who := range []string{"owner", "seller", "administrator", "visitor"} {
		for _, route := range h.routes() {
			method, pattern, _ := strings.Cut(route, " ")
			if method != http.MethodGet || who == "visitor" && strings.HasPrefix(pattern, "/me/") {
				continue
			}
			p := h.stage(t, who, pattern)
			for pages := 0; p.Find("a[rel=next]").Length() > 0 && pages < 20; pages++ {
				p = h.look(t, who, p.Find("a[rel=next]").AttrOr("href", ""))
			}
			p.Find(`a[href*="format=csv"]`).Each(func(_ int, link *goquery.Selection) {
				files[p.path] = true
				h.readFile(t, who, link.AttrOr("href", ""))
			})
		}
	}
	if len(files) < 12 {
		t.Errorf("%d pages offer a file: %v", len(files), files)
	}
	var mails []string
	fine(t, h.DB.Raw("SELECT id FROM mails WHERE html <> ''").Scan(&mails).Error)
	for _, id := range mails {
		h.look(t, "administrator", "/admin/mail/"+id+"/html")
	}
	h.look(t, "administrator", "/admin/mail/"+mails[0])
}

// plainNumber is what no program takes for more than a number.
var plainNumber = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?$`)

func (h *house) readFile(t *testing.T, who, path string) {
	t.Helper()
	p := h.look(t, who, path)
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
	if err != nil || len(table) == 0 {
		t.Errorf("%s does not open: %v", path, err)
	}
	for _, row := range table {
		for i, cell := range row {
			if bare := strings.TrimSpace(cell); cell != "" && !plainNumber.MatchString(cell) && (strings.ContainsAny(cell[:1], "=+-@\t\r") || bare != "" && strings.ContainsAny(bare[:1], "=+-@")) {
				t.Errorf("%s opens a formula in the column %s: %.60q", path, table[0][i], cell)
			}
		}
	}
}

// mailServer takes mails from the worker on the loopback interface.
type mailServer struct {
	net.Listener
	mu   sync.Mutex
	sent []sentLetter
}

// sentLetter is a mail as it came, with those whom the envelope names.
type sentLetter struct {
	to   []string
	text string
}

func listen(t *testing.T) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	s := &mailServer{Listener: listener}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { s.serve(textproto.NewConn(conn)) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	return s
}

func (s *mailServer) port() int {
	address, _ := s.Addr().(*net.TCPAddr)
	return address.Port
}

func (s *mailServer) serve(c *textproto.Conn) {
	defer c.Close()
	var letter sentLetter
	answer := "220 mail.example"
	for c.PrintfLine("%s", answer) == nil {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		answer = "250 yes"
		switch verb, rest, _ := strings.Cut(line, ":"); strings.ToUpper(verb) {
		case "RCPT TO":
			letter.to = append(letter.to, strings.Trim(rest, "<> "))
		case "DATA":
			if c.PrintfLine("354 go on") != nil {
				return
			}
			text, err := c.ReadDotBytes()
			if err != nil {
				return
			}
			letter.text = string(text)
			s.mu.Lock()
			s.sent = append(s.sent, letter)
			s.mu.Unlock()
			letter = sentLetter{}
		case "QUIT":
			answer = "221 bye"
		}
	}
}

func (s *mailServer) letters() []sentLetter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

var headers = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "User-Agent", "X-Auto-Response-Suppress", "X-Mailer"}

// check fails the test unless l has one recipient and nothing but the portal's
// own headers, and returns its subject's first words.
func (l sentLetter) check(t *testing.T) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(l.text))
	fine(t, err)
	for name, values := range m.Header {
		if !slices.Contains(headers, name) || len(values) != 1 {
			t.Errorf("a mail with the header %s: %q", name, values)
		}
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 1 || len(l.to) != 1 || to[0].Address != l.to[0] {
		t.Errorf("a mail to %q (envelope %q): %v", m.Header.Get("To"), l.to, err)
	}
	l.checkHTML(t, m)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || strings.ContainsFunc(subject, unicode.IsControl) {
		t.Errorf("a mail with the subject %q: %v", subject, err)
	}
	return strings.Join(strings.Fields(subject + " - -")[:2], " ")
}

// stage opens a page on rows of its own, with the cast as it was.
func (h *house) stage(t *testing.T, who, pattern string) *page {
	t.Helper()
	h.restore(t, strings.HasSuffix(pattern, "/resumption"))
	path := h.fill(t, pattern, h.cast[who])
	if pattern == "/clients/:id/merging" {
		path += "?with=" + h.client(t)
	}
	return h.look(t, who, path)
}

// look opens a page, which must be wholesome.
func (h *house) look(t *testing.T, who, path string) *page {
	t.Helper()
	b := *h.enter(t, who).browser
	b.t = t
	p := b.get(path)
	wholesome(t, p)
	return p
}

// wholePDF fails the test if a document is broken.
func wholePDF(t *testing.T, p *page) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.pdf")
	fine(t, os.WriteFile(file, []byte(p.body), 0o600))
	if out, err := exec.CommandContext(t.Context(), "qpdf", "--check", file).CombinedOutput(); err != nil {
		t.Errorf("%s: qpdf: %v\n%s", p.path, err, out)
	}
}

// wholesome fails the test if a page holds anything that runs but its own
// scripts, or anything that a string broke.
func wholesome(t *testing.T, p *page) {
	t.Helper()
	if p.status >= 500 {
		t.Fatalf("%s answers %d", p.path, p.status)
	}
	if p.header.Get("Content-Type") == "application/pdf" {
		wholePDF(t, p)
	}
	if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		return
	}
	policy := p.header.Get("Content-Security-Policy")
	p.Find("*").Each(func(_ int, s *goquery.Selection) {
		node := s.Get(0)
		for _, a := range node.Attr {
			name, value := strings.ToLower(a.Key), strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(name, "on"), name == "srcdoc", name == "style" && !strings.HasSuffix(p.path, "/html"), name == "autofocus" && value != "":
				t.Errorf("%s has <%s %s=%q>", p.path, node.Data, name, a.Val)
			case slices.Contains([]string{"href", "src", "action", "formaction"}, name) && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:")):
				t.Errorf("%s has <%s %s=%q>", p.path, node.Data, name, a.Val)
			}
		}
		switch node.Data {
		case "script":
			if nonce := s.AttrOr("nonce", ""); nonce == "" || !strings.Contains(policy, "'nonce-"+nonce+"'") {
				t.Errorf("%s has a script that is not its own: %.80s", p.path, s.Text())
			}
		case "iframe", "object", "embed", "base":
			if !strings.HasPrefix(p.path, "/admin/mail/") {
				t.Errorf("%s has <%s>", p.path, node.Data)
			}
		case "img":
			if s.AttrOr("src", "") == "x" {
				t.Errorf("%s has an image of somebody else", p.path)
			}
		}
	})
	if strings.ContainsRune(p.body, 0) || !strings.HasSuffix(strings.TrimSpace(p.body), ">") {
		t.Errorf("%s is broken", p.path)
	}
}

func (a *attack) run() {
	form := a.open()
	if form == nil {
		return
	}
	for _, i := range inputs(form) {
		name := i.AttrOr("name", "")
		if isText(i) {
			for n, s := range hostileStrings {
				if !testing.Short() || n%4 == 0 { // make check tries some, make test all
					a.fire(name, []string{s}, true)
				}
			}
			continue
		}
		for _, s := range junk {
			a.fire(name, []string{s}, false)
		}
		a.fire(name, []string{junk[1], i.AttrOr("value", "")}, false)
		a.fire(name, []string{i.AttrOr("value", ""), junk[1]}, false)
	}
	a.t.Logf("%d times, accepted in %v", a.sent, a.taken)
}

// open returns the form, on its page; on a new row if it was used up.
func (a *attack) open() *goquery.Selection {
	a.t.Helper()
	if a.page == nil {
		a.page = a.stage(a.t, a.who, a.pattern)
	}
	var form *goquery.Selection
	a.page.Find("form").EachWithBreak(func(_ int, f *goquery.Selection) bool {
		if formKey(f) == a.key {
			form = f
		}
		return form == nil
	})
	if form == nil {
		a.t.Fatalf("%s has no more the form %s", a.page.path, a.key)
	}
	return form
}

// restore undoes what keeps the cast from going on.
func (h *house) restore(t *testing.T, suspended bool) {
	t.Helper()
	for _, who := range h.cast {
		if who.AccountID != "" {
			var since any
			if who.InResellingTeam() {
				since = modelstest.Now
			}
			h.Exec(t, "UPDATE memberships SET role = ?, reselling_role = ?, reselling_since = ? WHERE user_id = ? AND account_id = ? AND (role <> ? OR reselling_role <> ?)",
				who.Role, who.ResellingRole, since, who.UserID, who.AccountID, who.Role, who.ResellingRole)
		}
	}
	h.Exec(t, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = ?) WHERE id = ?", modelstest.InitechOwner.UserID, modelstest.AcmeOwner.UserID)
	h.Exec(t, "UPDATE accounts SET suspended_at = NULL")
	if suspended {
		h.Exec(t, "UPDATE accounts SET suspended_at = ? WHERE id = ?", modelstest.Now, modelstest.Initech)
	}
}

func (a *attack) fire(name string, values []string, isText bool) {
	a.t.Helper()
	form := a.open()
	a.sent++
	a.Exec(a.t, "DELETE FROM attempts")
	fields := url.Values{}
	for _, i := range inputs(form) {
		field := i.AttrOr("name", "")
		value, ok := honest[field]
		switch kind := i.AttrOr("type", ""); {
		case kind == "hidden":
			value = i.AttrOr("value", "")
		case kind == "date":
			value = modelstest.Now.AddDate(2, 0, a.sent).Format("2006-01-02")
		case !ok:
			value = i.AttrOr("value", "")
		case kind == "radio" && form.Find(`input[name="`+field+`"][value="`+value+`"]`).Length() == 0:
			value = i.AttrOr("value", "")
		}
		if fields.Get(field) == "" {
			if ok { // what a field has by itself may begin with #, as a colour does
				value = strings.ReplaceAll(value, "#", a.next())
			}
			fields.Set(field, value)
		}
	}
	fields[name] = values
	what := fmt.Sprintf("%s in %s", short(values), name)
	action, method, _ := form.AttrOr("action", ""), form.AttrOr("method", ""), 0
	b := *a.enter(a.t, a.who).browser
	b.t = a.t
	var p *page
	if !strings.EqualFold(method, "post") {
		p = b.get(action + "?" + fields.Encode())
		wholesome(a.t, p)
		if p.status != http.StatusOK && (p.status != http.StatusUnprocessableEntity || isText && p.fieldError(name) == "") {
			a.t.Errorf("%s is answered %d %s", what, p.status, p.heading())
		}
		return
	}
	fields.Set("csrf", form.Find("[name=csrf]").AttrOr("value", ""))
	p = b.post(action, fields)
	wholesome(a.t, p)
	for header, all := range p.header {
		if strings.EqualFold(header, "bcc") || strings.ContainsAny(strings.Join(all, ""), "\r\n") {
			a.t.Errorf("%s gets into the header %s", what, header)
		}
	}
	switch {
	case p.path != strings.Split(action, "?")[0] || p.status == http.StatusOK:
		if p.status != http.StatusOK {
			a.t.Errorf("%s leads to %d at %s", what, p.status, p.path)
		}
		a.taken[name] = true
		if isText {
			a.shown(p, name, values[0], what)
		}
		a.page = nil
		if a.who == "visitor" || strings.HasSuffix(action, "/logout") {
			delete(a.keys, a.who)
		}
	case p.status == http.StatusUnprocessableEntity || p.status == http.StatusConflict:
		a.refused(p, name, values, isText, what)
	case !isText && (p.status == http.StatusBadRequest || p.status == http.StatusNotFound): // no browser sends it
	default:
		a.t.Errorf("%s is answered %d %s", what, p.status, p.heading())
		a.page = nil
	}
}

// refused checks that a form came back with what was typed and a mark on it.
func (a *attack) refused(p *page, name string, values []string, isText bool, what string) {
	a.t.Helper()
	if p.Find("main [role=alert], main .failure").Length() == 0 {
		a.t.Errorf("%s is refused without a word: %d %s", what, p.status, p.heading())
	}
	if !isText {
		return
	}
	input := p.Find(`main [name="` + name + `"]`)
	if input.Length() == 0 {
		a.t.Errorf("%s is refused by a page without the field: %s", what, p.problem())
		return
	}
	kept := p.value(name)
	p.Find("form").EachWithBreak(func(_ int, f *goquery.Selection) bool { // others may have a field of that name
		if formKey(f) != a.key {
			return true
		}
		kept = valueOf(f.Find(`[name="` + name + `"]`).First())
		return false
	})
	if input.AttrOr("type", "") != "password" && text(kept) != text(values[0]) {
		a.t.Errorf("%s comes back as %s", what, short([]string{kept}))
	}
	if p.status == http.StatusUnprocessableEntity && p.Find("main [aria-invalid=true], main .error").Length() == 0 {
		a.t.Errorf("%s comes back without a mark: %s", what, p.problem())
	}
}

// shown checks that what was accepted is to be read, as text, where it leads or
// in the form that has it.
func (a *attack) shown(p *page, name, value, what string) {
	a.t.Helper()
	if slices.Contains([]string{"password", "current_password", "client_q", "emails", "website", "download_url", "url"}, name) || a.key == "post /admin/staff/invitations email name role" {
		return // not to be read, or in another form
	}
	want := letters(value)
	read := func(p *page) bool { return strings.Contains(letters(p.Text()+" "+p.value(name)), want) }
	if read(p) {
		return
	}
	paths := []string{"/admin/events", p.path + "/edit", p.Find(`main a[href^="/clients/"]`).AttrOr("href", "")}
	if strings.HasSuffix(a.key, "/file fingerprint name") { // what it answers is a file, for a machine of the licence
		var license string
		fine(a.t, a.DB.Raw("SELECT license_id FROM activations ORDER BY activated_at DESC, id DESC LIMIT 1").Scan(&license).Error)
		paths = []string{"/licenses/" + license}
	}
	for _, path := range paths {
		if path != "" && read(a.look(a.t, a.who, path)) {
			return
		}
	}
	a.t.Errorf("%s is accepted and to be read nowhere: %s %s", what, p.path, p.flash())
}

// letters is what of a string any cleaning leaves: no blanks, nothing invisible.
func letters(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}

// text is what a browser keeps of a string in a field.
func text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
}

func short(values []string) string {
	var all []string
	for _, v := range values {
		all = append(all, fmt.Sprintf("%.40q", v))
	}
	return strings.Join(all, " and ")
}

// checkHTML fails the test if the HTML of a mail holds anything but text and the portal's own links.
func (l sentLetter) checkHTML(t *testing.T, m *mail.Message) {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	fine(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		fine(t, err)
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			continue
		}
		doc, err := goquery.NewDocumentFromReader(part)
		fine(t, err)
		if n := doc.Find("script, img, svg, iframe, form, input, base, [onload], [onerror], [onfocus], [autofocus]").Length(); n > 0 || doc.Find("a").Length() == 0 {
			t.Errorf("a mail to %s has %d elements that it must not have", l.to, n)
		}
		doc.Find("a").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.HasPrefix(href, modelstest.BaseURL+"/") && !strings.HasPrefix(href, "mailto:") {
				t.Errorf("a mail to %s leads to %.80q", l.to, href)
			}
		})
	}
}
