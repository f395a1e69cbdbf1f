package worker

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"reselling/models"
)

// The limits of a request to a webhook.
const (
	webhookTimeout   = 15 * time.Second // from looking the name up to the end of the answer
	webhookDial      = 10 * time.Second
	webhookTLS       = 10 * time.Second
	maxAnswerHeader  = 16 << 10
	answerKept       = 1 << 10
	webhookUserAgent = "Reselling-Webhooks/1"
)

// sender sends webhooks to public addresses, and to nobody else: where a
// connection leads is looked at when it is made, after every name was resolved.
type sender struct {
	encrypted *http.Client
	plain     *http.Client
	now       func() time.Time
}

func newSender(now func() time.Time, networks []netip.Prefix, resolver *net.Resolver) *sender {
	return &sender{encrypted: webhookClient(networks, true, resolver), plain: webhookClient(networks, false, resolver), now: now}
}

// errPort is a port to which webhooks do not go.
var errPort = errors.New("prohibited port number")

// webhookClient asks no proxy, follows no redirect and speaks HTTP/1.1 only.
func webhookClient(networks []netip.Prefix, encrypted bool, resolver *net.Resolver) *http.Client {
	guard := models.WebhookGuard(networks, encrypted)
	if resolver == nil {
		resolver = &net.Resolver{PreferGo: true} // the C library takes 0x7f.1 for an address
	}
	dialer := &net.Dialer{Timeout: webhookDial, KeepAlive: -1, Resolver: resolver, Control: func(network, address string, conn syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err == nil && !models.WebhookPort(to.Port()) {
			return errPort
		}
		return guard.Safe(network, address, conn)
	}}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, Proxy: nil,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: webhookTLS,
			TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
			ResponseHeaderTimeout:  webhookTimeout,
			MaxResponseHeaderBytes: maxAnswerHeader, DisableCompression: true,
			MaxIdleConnsPerHost: 2, MaxIdleConns: 64, IdleConnTimeout: 30 * time.Second,
		},
	}
}

// send makes one attempt and tells what came of it.
func (s *sender) send(ctx context.Context, m models.WebhookMessage) models.WebhookAttempt {
	at := s.now()
	a := models.WebhookAttempt{At: at, URL: m.URL}
	answer, err := s.post(ctx, m, at)
	if err == nil {
		a.Status, a.Answer = answer.StatusCode, beginning(answer.Body)
		_ = answer.Body.Close() // what follows is not read: the connection ends
		if !a.Succeeded() {
			a.Problem = statusProblem(answer)
		}
	} else {
		a.Problem = webhookProblem(err)
	}
	a.Micros = max(0, s.now().Sub(at).Microseconds())
	return a
}

func (s *sender) post(ctx context.Context, m models.WebhookMessage, at time.Time) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range m.Headers(at) {
		request.Header.Set(name, value)
	}
	request.Header.Set("User-Agent", webhookUserAgent)
	client := s.encrypted
	if request.URL.Scheme == "http" {
		client = s.plain
	}
	return client.Do(request) // #nosec G704 -- the dialer refuses whatever is not public
}

// beginning reads what is kept of an answer, and no more.
func beginning(body io.Reader) string {
	var kept bytes.Buffer
	_, _ = io.Copy(&kept, io.LimitReader(body, answerKept)) // an answer that breaks off was one all the same
	return kept.String()
}

func statusProblem(answer *http.Response) string {
	status := strings.TrimSpace(strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode))
	switch {
	case answer.StatusCode == http.StatusGone:
		return "The receiver answered 410 Gone: it wants no more events. The webhook was switched off."
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		if to := answer.Header.Get("Location"); to != "" {
			return "The receiver answered " + status + " and points to " + to + ". Redirects are not followed: enter the right address."
		}
		return "The receiver answered " + status + ". Redirects are not followed: enter the right address."
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return "The receiver answered " + status + ". It does not accept the request: look at how it checks the signature, and which secret it has."
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusMethodNotAllowed:
		return "The receiver answered " + status + ". Is the path right, and does it take POST?"
	case answer.StatusCode == http.StatusTooManyRequests:
		return "The receiver answered " + status + ": it wants fewer requests at a time."
	}
	return "The receiver answered " + status + ", which is no success: it must answer 200 to 299."
}

// webhookProblem says why there was no answer. It tells nothing of a network
// that is not public: neither addresses nor who listens there.
func webhookProblem(err error) string {
	if text := refusalText(err); text != "" {
		return text
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dns.IsNotFound:
			return "The host name " + dns.Name + " is not known: nobody has an address for it."
		case dns.IsTimeout:
			return "The host name could not be looked up in time."
		}
		return "The host name could not be looked up. Is it spelt right?"
	}
	if text := certificateProblem(err); text != "" {
		return text
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("There was no answer within %d seconds. Answer at once, and do the work afterwards.", int(webhookTimeout.Seconds()))
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nobody listens at this address and port: the connection was refused."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "There is no way to this address."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "The connection was closed before there was an answer."
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return "The answer has more headers than 16 KB."
	}
	return "The answer could not be understood as HTTP."
}

func refusalText(err error) string {
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrInvalidHostPort):
		return "This name leads to an address that is not public. Webhooks go only where everybody on the internet can get; nothing was sent."
	case errors.Is(err, errPort), errors.Is(err, ssrf.ErrProhibitedPort):
		return "Webhooks go to the port 443, or to one from 1024 on. Nothing was sent."
	}
	return ""
}

func certificateProblem(err error) string {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	name, isName := errors.AsType[x509.HostnameError](err)
	_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	alert, isAlert := errors.AsType[tls.AlertError](err)
	_, isHeader := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return "The certificate has expired, or is not valid yet."
	case isName:
		return "The certificate is for another name than " + name.Host + "."
	case isUnknown:
		return "The certificate is not from an authority that is generally trusted. Is the chain complete?"
	case isInvalid:
		return "The certificate is not valid."
	case isAlert:
		return "No encrypted connection came about: the receiver said “" + alert.Error() + "”."
	case isHeader, strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "The receiver does not speak TLS at this port."
	}
	return ""
}
