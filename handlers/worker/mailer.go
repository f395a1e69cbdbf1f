// Package worker does what came due: it is the other kind of handler, for jobs.
package worker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"reselling/views/mail"
)

// Mailer sends mails. A mail that it returned nil for has been taken over by
// somebody who is bound to deliver it.
type Mailer interface {
	Send(ctx context.Context, m Outgoing) error
}

// Outgoing is a message on its way.
type Outgoing struct {
	mail.Message
	MessageID string    // "id@host"; the same each time the same mail is tried
	Date      time.Time // when it was written
	FromName  string    // who writes, shown beside the sender's address; empty for the sender's own name
}

// Encryption says how the connection to the mail server is protected.
type Encryption string

// The ways to protect the connection.
const (
	StartTLS    Encryption = "starttls" // begins in the clear and must turn to TLS before anything is said
	ImplicitTLS Encryption = "tls"      // TLS from the first byte
	Unencrypted Encryption = "none"     // for a server on this machine or in a network of one's own; never with a password
)

const (
	mailTimeout = 20 * time.Second // of the connection and of each answer
	maxHeader   = 1000             // bytes of a header's value
)

// SMTPSettings say where mail leaves.
type SMTPSettings struct {
	Host       string
	Port       int // 0: 587, 465 with ImplicitTLS, 25 without encryption
	User       string
	Password   string
	Encryption Encryption     // empty: StartTLS
	From       string         // "User Portal <portal@example.com>" or the bare address
	RootCAs    *x509.CertPool // nil: the system's
}

// SMTP is a Mailer that hands each mail to a mail server.
type SMTP struct {
	host    string
	from    netmail.Address
	options []gomail.Option
	tls     *tls.Config // for a connection that is encrypted from its first byte, else nil
}

// NewSMTP returns a Mailer for the server of s. It returns a sentence about the
// first setting that can't work; it does not connect.
func NewSMTP(s SMTPSettings) (*SMTP, error) {
	if s.Host == "" || strings.ContainsFunc(s.Host, unicode.IsSpace) {
		return nil, fmt.Errorf("the mail server %q is not a host name", s.Host)
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, fmt.Errorf("the sender of mails %q is not an address such as User Portal <portal@example.com>", s.From)
	}
	if s.Password != "" && s.User == "" {
		return nil, errors.New("the mail server has a password but no user")
	}
	config := &tls.Config{ServerName: s.Host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
	m := &SMTP{host: s.Host, from: *from, options: []gomail.Option{gomail.WithTimeout(mailTimeout), gomail.WithTLSConfig(config)}}
	port := s.Port
	switch s.Encryption {
	case StartTLS, "":
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
		port = orPort(port, 587)
	case ImplicitTLS:
		m.options, m.tls = append(m.options, gomail.WithSSL()), config
		port = orPort(port, 465)
	case Unencrypted:
		if s.Password != "" {
			return nil, errors.New("a password must not go to the mail server unencrypted: use starttls or tls")
		}
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.NoTLS))
		port = orPort(port, 25)
	default:
		return nil, fmt.Errorf("the mail server's encryption %q is none of starttls, tls, none", s.Encryption)
	}
	if port < 1 || port > 65535 {
		return nil, fmt.Errorf("the mail server's port %d is none", port)
	}
	m.options = append(m.options, gomail.WithPort(port))
	if s.User != "" {
		// By then the connection is encrypted, or there is no password.
		auth := gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
		m.options = append(m.options, auth, gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	return m, nil
}

func orPort(port, usual int) int {
	if port == 0 {
		return usual
	}
	return port
}

// Send hands m to the server, for its one recipient. The error of a mail that
// will never be taken is Refused; any other is worth trying again.
func (s *SMTP) Send(ctx context.Context, m Outgoing) error {
	msg, err := s.compose(m)
	if err != nil {
		return &Refused{err}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*mailTimeout)
	defer cancel()
	client, hangUp, err := s.client()
	if err != nil {
		return err
	}
	defer hangUp()
	// What goes wrong after the server took the mail must not send it again.
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		err = fmt.Errorf("send mail by %s: %w", s.host, err)
		if isForGood(err) {
			return &Refused{err}
		}
		return err
	}
	return nil
}

// Greet connects to the server, in the agreed encryption, and signs in there. It sends nothing.
func (s *SMTP) Greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	client, hangUp, err := s.client()
	if err != nil {
		return err
	}
	defer hangUp()
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("greet the mail server %s: %w", s.host, err)
	}
	_ = client.Close() // it has answered; how it says goodbye does not matter
	return nil
}

// client is for one connection. The library leaves it open when the server's
// greeting, TLS or the sign-in fails; hangUp ends it in any case.
func (s *SMTP) client() (client *gomail.Client, hangUp func(), err error) {
	var conn net.Conn
	dial := gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		conn, err = s.dial(ctx, network, address)
		return conn, err
	})
	client, err = gomail.NewClient(s.host, append(slices.Clone(s.options), dial)...)
	if err != nil {
		return nil, nil, fmt.Errorf("set up mail: %w", err)
	}
	return client, func() {
		if conn != nil {
			_ = conn.Close()
		}
	}, nil
}

func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.tls != nil {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Refused is why a mail will never be sent, however often it is tried.
type Refused struct{ err error }

func (e *Refused) Error() string { return e.err.Error() }

// Unwrap returns the reason.
func (e *Refused) Unwrap() error { return e.err }

// Failure is what a person may read of an error of Send: the mail server's own
// words, without who said them to whom.
func Failure(err error) string {
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok || e.ErrorCode() == 0 {
		if _, refused := errors.AsType[*Refused](err); refused {
			return "It can't be sent to this address."
		}
		return "The mail server did not answer as it should."
	}
	said, code := e.Error(), strconv.Itoa(e.ErrorCode())
	if at := strings.Index(said, code+" "); at >= 0 {
		said = said[at:]
	}
	if quoted, err := strconv.QuotedPrefix(strings.TrimPrefix(said, code+" ")); err == nil {
		if words, err := strconv.Unquote(quoted); err == nil {
			return code + " " + words
		}
	}
	for _, more := range []string{", affected recipient(s):", ", affected message ID:"} {
		said, _, _ = strings.Cut(said, more)
	}
	return said
}

// isForGood reports whether the server refused this mail or its recipient with a
// permanent code; a wrong password or a full queue is not about the mail.
func isForGood(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok || e.IsTemp() || e.ErrorCode() < 500 {
		return false
	}
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	}
	return false
}

// compose writes the mail. Nothing in m can add a recipient or a header.
func (s *SMTP) compose(m Outgoing) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Address != m.To || to.Name != "" {
		return nil, fmt.Errorf("%.80q is not one mail address", m.To)
	}
	for name, value := range map[string]string{"subject": m.Subject, "message id": m.MessageID, "sender's name": m.FromName} {
		if len(value) > maxHeader || strings.ContainsFunc(value, unicode.IsControl) {
			return nil, fmt.Errorf("the %s %.80q does not fit into a header", name, value)
		}
	}
	if m.Subject == "" || strings.Count(m.MessageID, "@") != 1 || strings.ContainsAny(m.MessageID, " <>") {
		return nil, fmt.Errorf("a mail without subject or with the message id %.80q", m.MessageID)
	}
	from := s.from
	if m.FromName != "" {
		from.Name = m.FromName
	}
	msg := gomail.NewMsg()
	msg.FromMailAddress(&from)
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetDateWithValue(m.Date)
	// Nobody's holiday notice answers it.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetUserAgent("Reselling")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}
