package worker_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/handlers/worker"
	"reselling/views/mail"
)

// smtpServer is a mail server on the loopback interface that takes what it is
// told to take and remembers what it was told.
type smtpServer struct {
	t        *testing.T
	listener net.Listener
	tls      *tls.Config
	roots    *x509.CertPool

	answers  map[string]string // by command: instead of the usual answer
	extends  []string          // what EHLO announces, besides STARTTLS if tls is set
	implicit bool

	refuses, at, answer string // mails to one address get that answer at that command

	mu       sync.Mutex
	commands []string
	mails    []delivery
}

type delivery struct {
	from       string
	recipients []string
	body       string
	encrypted  bool
}

func startSMTP(t *testing.T, set func(*smtpServer)) *smtpServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smtpServer{t: t, listener: listener, answers: map[string]string{}}
	if set != nil {
		set(s)
	}
	var group sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { s.serve(conn) })
		}
	})
	return s
}

func (s *smtpServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	encrypted := s.implicit
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	r := bufio.NewReader(conn)
	say := func(line string) {
		if line == hangUp {
			_ = conn.Close()
			return
		}
		_, _ = io.WriteString(conn, line+"\r\n")
	}
	if banner := s.answers["banner"]; banner != "" {
		say(banner)
		return
	}
	say("220 mail.example ESMTP")
	var d delivery
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		if verb == "RCPT" {
			d.recipients = append(d.recipients, line)
		}
		if answer := cmp.Or(s.answers[verb], s.answerTo(d, verb)); answer != "" {
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			lines := slices.Clone(s.extends)
			if s.tls != nil && !encrypted {
				lines = append(lines, "STARTTLS")
			}
			for _, extension := range append([]string{"mail.example"}, lines...) {
				say("250-" + extension)
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			server := tls.Server(conn, s.tls)
			if err := server.Handshake(); err != nil {
				return
			}
			conn, r, encrypted = server, bufio.NewReader(server), true
		case "AUTH":
			say("235 welcome")
		case "MAIL":
			d = delivery{from: line, encrypted: encrypted}
			say("250 ok")
		case "RCPT":
			say("250 ok")
		case "DATA":
			say("354 go ahead")
			lines, err := textproto.NewReader(r).ReadDotLines()
			if err != nil {
				return
			}
			if answer := s.answers["."]; answer != "" {
				say(answer)
				continue
			}
			d.body = strings.Join(lines, "\r\n")
			s.mu.Lock()
			s.mails = append(s.mails, d)
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// hangUp is an answer: none, and the connection ends.
const hangUp = "hang up"

// answerTo is what the mails to one address get.
func (s *smtpServer) answerTo(d delivery, verb string) string {
	if verb == s.at && slices.Contains(d.recipients, "RCPT TO:<"+s.refuses+">") {
		return s.answer
	}
	return ""
}

func (s *smtpServer) settings() worker.SMTPSettings {
	return worker.SMTPSettings{
		Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, Encryption: worker.Unencrypted,
		From: "ElectroNeek User Portal <portal@vendor.example>", RootCAs: s.roots,
	}
}

func (s *smtpServer) delivered() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func (s *smtpServer) said(prefix string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.commands, func(line string) bool { return strings.HasPrefix(strings.ToUpper(line), prefix) })
}

// withCertificate gives the server a certificate for 127.0.0.1 that only its roots know.
func withCertificate(s *smtpServer) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certificate)
}

func outgoing() worker.Outgoing {
	return worker.Outgoing{
		Message: mail.Message{
			To: "anna@client.example", Subject: "Ihre Testlizenz für Studio Pro 🎉", Text: "Guten Tag,\n\n.\n.eine Zeile mit Punkt\n\n-- \nAcme\n",
			HTML: "<p>Guten Tag – " + strings.Repeat("langer Text ", 200) + "</p>",
		},
		MessageID: "019333f0-5c00-7000-8000-000000000001@portal.example",
		Date:      time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC),
	}
}

func mailer(t *testing.T, s worker.SMTPSettings) *worker.SMTP {
	t.Helper()
	m, err := worker.NewSMTP(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSMTP(t *testing.T) {
	server := startSMTP(t, nil)
	m := outgoing()
	smtp := mailer(t, server.settings())
	for range 2 { // tried again, it is the same mail
		if err := smtp.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	mails := server.delivered()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	d := mails[0]
	if d.from != "MAIL FROM:<portal@vendor.example> BODY=8BITMIME" && d.from != "MAIL FROM:<portal@vendor.example>" {
		t.Errorf("envelope: %s", d.from)
	}
	if len(d.recipients) != 1 || d.recipients[0] != "RCPT TO:<anna@client.example>" {
		t.Errorf("recipients: %q", d.recipients)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(d.body))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"From":                     `"ElectroNeek User Portal" <portal@vendor.example>`,
		"To":                       "<anna@client.example>",
		"Subject":                  m.Subject,
		"Message-Id":               "<" + m.MessageID + ">",
		"Date":                     "Mon, 02 Mar 2026 10:00:00 +0000",
		"Mime-Version":             "1.0",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"Cc":                       "",
		"Bcc":                      "",
	} {
		got, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(header))
		if err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", header, got, want, err)
		}
	}
	if again, err := netmail.ReadMessage(strings.NewReader(mails[1].body)); err != nil || again.Header.Get("Message-Id") != msg.Header.Get("Message-Id") {
		t.Errorf("the second try is another mail: %v", err)
	}
	parts := readParts(t, msg)
	if len(parts) != 2 || !strings.HasPrefix(parts[0].mediaType, "text/plain") || !strings.HasPrefix(parts[1].mediaType, "text/html") {
		t.Fatalf("parts: %+v", parts)
	}
	if got := strings.ReplaceAll(parts[0].body, "\r\n", "\n"); strings.TrimRight(got, "\n") != strings.TrimRight(m.Text, "\n") {
		t.Errorf("text: %q", got)
	}
	if parts[1].body != m.HTML {
		t.Errorf("HTML: %q", parts[1].body)
	}
}

type part struct{ mediaType, body string }

func readParts(t *testing.T, msg *netmail.Message) (parts []part) {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/alternative" {
		t.Fatalf("content type %s, %v", mediaType, err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := r.NextPart() // it undoes quoted-printable
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{p.Header.Get("Content-Type"), string(b)})
	}
}

func TestSenderName(t *testing.T) {
	server := startSMTP(t, nil)
	m := outgoing()
	m.FromName = `Acme "Best" Søftware, Inc. <eve@evil.example>`
	if err := mailer(t, server.settings()).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(server.delivered()[0].body))
	if err != nil {
		t.Fatal(err)
	}
	from, err := msg.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != "portal@vendor.example" || from[0].Name != m.FromName {
		t.Errorf("From: %v, %v (%s)", from, err, msg.Header.Get("From"))
	}
}

// Whatever ends up in a message, there is one recipient, and no header is added.
func TestNothingCanBeInjected(t *testing.T) {
	tests := map[string]func(*worker.Outgoing){
		"a header in the recipient":      func(m *worker.Outgoing) { m.To = "anna@client.example\r\nBcc: eve@evil.example" },
		"a command in the recipient":     func(m *worker.Outgoing) { m.To = "anna@client.example>\r\nRCPT TO:<eve@evil.example" },
		"two recipients":                 func(m *worker.Outgoing) { m.To = "anna@client.example, eve@evil.example" },
		"a name and an address":          func(m *worker.Outgoing) { m.To = "eve@evil.example <anna@client.example>" },
		"a group":                        func(m *worker.Outgoing) { m.To = "all: anna@client.example, eve@evil.example;" },
		"no recipient":                   func(m *worker.Outgoing) { m.To = "" },
		"no address":                     func(m *worker.Outgoing) { m.To = "anna" },
		"a header in the subject":        func(m *worker.Outgoing) { m.Subject = "Hello\r\nBcc: eve@evil.example" },
		"a line feed in the subject":     func(m *worker.Outgoing) { m.Subject = "Hello\nBcc: eve@evil.example" },
		"a zero byte in the subject":     func(m *worker.Outgoing) { m.Subject = "Hello\x00" },
		"an endless subject":             func(m *worker.Outgoing) { m.Subject = strings.Repeat("x", 10000) },
		"no subject":                     func(m *worker.Outgoing) { m.Subject = "" },
		"a header in the sender's name":  func(m *worker.Outgoing) { m.FromName = "Acme\r\nBcc: eve@evil.example" },
		"a header in the message id":     func(m *worker.Outgoing) { m.MessageID = "a@b>\r\nBcc: <eve@evil.example" },
		"no message id":                  func(m *worker.Outgoing) { m.MessageID = "" },
		"a message id with two ats":      func(m *worker.Outgoing) { m.MessageID = "a@b@c" },
		"a message id with its brackets": func(m *worker.Outgoing) { m.MessageID = "<a@b>" },
	}
	server := startSMTP(t, nil)
	smtp := mailer(t, server.settings())
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			m := outgoing()
			change(&m)
			err := smtp.Send(t.Context(), m)
			if _, refused := errors.AsType[*worker.Refused](err); !refused {
				t.Errorf("Send = %v", err)
			}
		})
	}
	if server.said("EHLO") || len(server.delivered()) != 0 {
		t.Errorf("the server was bothered: %q", server.commands)
	}
	// Bodies may say what they like.
	m := outgoing()
	m.Text = "Bcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\nQUIT\r\n"
	m.HTML = "\r\n.\r\nRCPT TO:<eve@evil.example>\r\n"
	if err := smtp.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mails := server.delivered()
	if len(mails) != 1 || len(mails[0].recipients) != 1 {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(mails[0].body))
	if err != nil || msg.Header.Get("Bcc") != "" {
		t.Errorf("%v, Bcc %q", err, msg.Header.Get("Bcc"))
	}
}

func TestStartTLS(t *testing.T) {
	server := startSMTP(t, func(s *smtpServer) { withCertificate(s); s.extends = []string{"AUTH PLAIN LOGIN"} })
	s := server.settings()
	s.Encryption, s.User, s.Password = "", "portal", "s3cret"
	if err := mailer(t, s).Send(t.Context(), outgoing()); err != nil {
		t.Fatal(err)
	}
	mails := server.delivered()
	if len(mails) != 1 || !mails[0].encrypted {
		t.Fatalf("mails: %+v", mails)
	}
	if !server.said("AUTH ") {
		t.Errorf("did not sign in: %q", server.commands)
	}
}

func TestImplicitTLS(t *testing.T) {
	server := startSMTP(t, func(s *smtpServer) {
		withCertificate(s)
		s.implicit, s.extends = true, []string{"AUTH LOGIN PLAIN"}
	})
	s := server.settings()
	s.Encryption, s.User, s.Password = worker.ImplicitTLS, "portal", "s3cret"
	if err := mailer(t, s).Send(t.Context(), outgoing()); err != nil {
		t.Fatal(err)
	}
	if mails := server.delivered(); len(mails) != 1 || !mails[0].encrypted || !server.said("AUTH PLAIN") {
		t.Fatalf("mails: %+v, said %q", mails, server.commands)
	}
}

// A server that can't or won't encrypt gets neither mail nor password.
func TestNothingIsSaidInTheClear(t *testing.T) {
	check := func(t *testing.T, server *smtpServer, s worker.SMTPSettings) {
		t.Helper()
		s.User, s.Password = "portal", "s3cret"
		err := mailer(t, s).Send(t.Context(), outgoing())
		if err == nil {
			t.Error("sent")
		} else if _, refused := errors.AsType[*worker.Refused](err); refused {
			t.Errorf("the mail is given up, though the server is at fault: %v", err)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error has the password: %v", err)
		}
		if server.said("AUTH") || server.said("MAIL") || len(server.delivered()) != 0 {
			t.Errorf("said in the clear: %q", server.commands)
		}
		for _, line := range server.commands {
			if strings.Contains(line, base64.StdEncoding.EncodeToString([]byte("\x00portal\x00s3cret"))) {
				t.Error("the password was said in the clear")
			}
		}
	}
	t.Run("no STARTTLS", func(t *testing.T) {
		server := startSMTP(t, func(s *smtpServer) { s.extends = []string{"AUTH PLAIN LOGIN"} })
		s := server.settings()
		s.Encryption = worker.StartTLS
		check(t, server, s)
	})
	t.Run("STARTTLS refused", func(t *testing.T) {
		server := startSMTP(t, func(s *smtpServer) {
			withCertificate(s)
			s.extends, s.answers["STARTTLS"] = []string{"AUTH PLAIN LOGIN"}, "454 not now"
		})
		s := server.settings()
		s.Encryption = worker.StartTLS
		check(t, server, s)
	})
	t.Run("somebody else's certificate", func(t *testing.T) {
		server := startSMTP(t, withCertificate)
		s := server.settings()
		s.Encryption, s.RootCAs = worker.StartTLS, x509.NewCertPool()
		check(t, server, s)
	})
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		at, answer string
		forGood    bool
	}{
		{"RCPT", "550 5.1.1 no such mailbox", true},
		{"RCPT", "450 4.2.1 mailbox busy", false},
		{"RCPT", "452 4.2.2 over quota", false},
		{"DATA", "554 5.7.1 no", true},
		{".", "554 5.7.1 looks like spam", true},
		{".", "451 4.3.0 try later", false},
		{"MAIL", "530 5.7.0 authenticate first", false},
		{"MAIL", "550 5.7.1 sender refused", false},
		{"EHLO", "421 closing", false},
		{"banner", "554 no service", false},
		{"banner", "421 too many connections", false},
	} {
		t.Run(tt.at+" "+tt.answer, func(t *testing.T) {
			server := startSMTP(t, func(s *smtpServer) {
				s.answers[tt.at] = tt.answer
				if tt.at == "EHLO" {
					s.answers["HELO"] = tt.answer
				}
			})
			err := mailer(t, server.settings()).Send(t.Context(), outgoing())
			if err == nil {
				t.Fatal("sent")
			}
			if _, refused := errors.AsType[*worker.Refused](err); refused != tt.forGood {
				t.Errorf("given up: %v, want %v (%v)", refused, tt.forGood, err)
			}
			if len(server.delivered()) != 0 {
				t.Error("taken all the same")
			}
		})
	}
}

// After the server took the mail, nothing that fails may send it again.
func TestTakenIsTaken(t *testing.T) {
	for _, verb := range []string{"RSET", "QUIT", "NOOP"} {
		t.Run(verb, func(t *testing.T) {
			server := startSMTP(t, func(s *smtpServer) { s.answers[verb] = "500 what?" })
			err := mailer(t, server.settings()).Send(t.Context(), outgoing())
			if taken := len(server.delivered()) == 1; taken != (err == nil) {
				t.Errorf("taken: %v, Send = %v", taken, err)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	smtp := mailer(t, worker.SMTPSettings{Host: "127.0.0.1", Port: port, Encryption: worker.Unencrypted, From: "portal@vendor.example"})
	err = smtp.Send(t.Context(), outgoing())
	if _, refused := errors.AsType[*worker.Refused](err); err == nil || refused {
		t.Errorf("Send = %v", err)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	smtp := mailer(t, worker.SMTPSettings{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Encryption: worker.Unencrypted, From: "portal@vendor.example"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := smtp.Send(ctx, outgoing()); !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v", err)
	}
}

func TestSMTPSettings(t *testing.T) {
	good := worker.SMTPSettings{Host: "mail.example", From: "Portal <portal@vendor.example>", User: "u", Password: "s3cret"}
	for name, change := range map[string]func(*worker.SMTPSettings){
		"as it is":           func(*worker.SMTPSettings) {},
		"a bare sender":      func(s *worker.SMTPSettings) { s.From = "portal@vendor.example" },
		"tls":                func(s *worker.SMTPSettings) { s.Encryption = worker.ImplicitTLS },
		"none, no password":  func(s *worker.SMTPSettings) { s.Encryption, s.User, s.Password = worker.Unencrypted, "", "" },
		"a port of its own":  func(s *worker.SMTPSettings) { s.Port = 2525 },
		"nobody signs in":    func(s *worker.SMTPSettings) { s.User, s.Password = "", "" },
		"an address as host": func(s *worker.SMTPSettings) { s.Host = "::1" },
	} {
		s := good
		change(&s)
		if _, err := worker.NewSMTP(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*worker.SMTPSettings){
		"no host":                   func(s *worker.SMTPSettings) { s.Host = "" },
		"a sentence as host":        func(s *worker.SMTPSettings) { s.Host = "mail server" },
		"no sender":                 func(s *worker.SMTPSettings) { s.From = "" },
		"two senders":               func(s *worker.SMTPSettings) { s.From = "a@b.example, c@d.example" },
		"a header in the sender":    func(s *worker.SMTPSettings) { s.From = "a@b.example\r\nBcc: c@d.example" },
		"a password unencrypted":    func(s *worker.SMTPSettings) { s.Encryption = worker.Unencrypted },
		"a password without a user": func(s *worker.SMTPSettings) { s.User = "" },
		"an unknown encryption":     func(s *worker.SMTPSettings) { s.Encryption = "ssl3" },
		"a port that is none":       func(s *worker.SMTPSettings) { s.Port = 70000 },
		"a port below all":          func(s *worker.SMTPSettings) { s.Port = -1 },
	} {
		s := good
		change(&s)
		if _, err := worker.NewSMTP(s); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestRecorder(t *testing.T) {
	var r worker.Recorder
	first, second := outgoing(), outgoing()
	second.Subject = "Second"
	down := errors.New("down")
	if err := r.Send(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	r.Fail(down)
	if err := r.Send(t.Context(), second); !errors.Is(err, down) {
		t.Errorf("Send = %v", err)
	}
	r.Fail(nil)
	if err := r.Send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if got := r.Sent(); len(got) != 2 || got[0] != first || got[1] != second {
		t.Errorf("sent %+v", got)
	}
}

var (
	_ worker.Mailer = (*worker.SMTP)(nil)
	_ worker.Mailer = (*worker.Recorder)(nil)
)
