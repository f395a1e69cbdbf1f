package models

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// WebhookGuard decides by an address and a port, at the moment of connecting,
// whether a webhook may go there: to public addresses, and to those of the
// networks named. Without TLS only to the latter.
func WebhookGuard(networks []netip.Prefix, encrypted bool) *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	for _, n := range networks {
		if n.Addr().Is4() {
			v4 = append(v4, n)
		} else {
			v6 = append(v6, n)
		}
	}
	options := []ssrf.Option{ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)}
	if !encrypted {
		options = append(options, ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("0.0.0.0/0")), ssrf.WithDeniedV6Prefixes(netip.MustParsePrefix("::/0")))
	}
	return ssrf.New(options...)
}

// WebhookPort reports whether webhooks may go to a port: no mail server, no
// shell and nothing else of the old services listens there.
func WebhookPort(port uint16) bool { return port == 443 || port == 80 || port >= 1024 }

// hostLabel is a part of a host name, between dots.
var (
	hostLabel    = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
	numericLabel = regexp.MustCompile(`^(0x[0-9a-f]*|[0-9]+)$`)
)

// notPublic are the ends of names that lead into somebody's own network.
var notPublic = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain", "home.arpa"}

// webhookURL reads the address of a webhook as typed. What it refuses here is
// what can be told without asking anybody; where a name leads is looked at each
// time that a connection is made.
func (p Problems) webhookURL(field, typed string, networks []netip.Prefix) string {
	s := clean(typed)
	if s == "" {
		p.Add(field, "Enter the address that is to get the events.")
		return s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || len(s) > maxWebhookURL || strings.ContainsAny(s, " \"<>\\^`{|}"):
		p.Add(field, "Enter a whole address, such as https://hooks.example.com/reselling.")
	case u.Scheme == "http" && len(networks) == 0:
		p.Add(field, "Enter an address that begins with https://: what is sent must not be read on the way.")
	case u.Scheme != "https" && u.Scheme != "http":
		p.Add(field, "Enter an address that begins with https://.")
	case u.User != nil:
		p.Add(field, "Leave out the name and the password before the @: they would be kept and logged. Check the signature instead.")
	case u.Fragment != "":
		p.Add(field, "Leave out the part from # on: it is never sent.")
	case !goodPort(u.Port()):
		p.Add(field, "Use the port 443, or one from 1024 to 65535.")
	default:
		host, problem := webhookHost(u.Hostname(), networks)
		if problem != "" {
			p.Add(field, problem)
			return s
		}
		if u.Port() != "" {
			host += ":" + u.Port()
		}
		u.Host = host
		return u.String()
	}
	return s
}

func goodPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && WebhookPort(uint16(n))
}

// webhookHost is a host as it is asked for, or why it can't be one.
func webhookHost(host string, networks []netip.Prefix) (ascii, problem string) {
	const private = "This address is not public. Webhooks go only where everybody on the internet can get."
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" || WebhookGuard(networks, true).SafeAddr(ip.Unmap()) != nil {
			return "", private
		}
		if ip.Is6() {
			return "[" + host + "]", ""
		}
		return host, ""
	}
	const name = "This host name does not exist. Enter one such as hooks.example.com."
	ascii, err := idna.Lookup.ToASCII(strings.ToLower(host))
	if err != nil {
		return "", name
	}
	if ip, err := netip.ParseAddr(ascii); err == nil { // digits of another script
		if WebhookGuard(networks, true).SafeAddr(ip.Unmap()) != nil {
			return "", private
		}
		return ascii, ""
	}
	bare := strings.TrimSuffix(ascii, ".")
	labels := strings.Split(bare, ".")
	for _, l := range labels {
		if !hostLabel.MatchString(l) {
			return "", name
		}
	}
	// A resolver may take these for addresses: 0x7f.1, 017700000001.
	if numericLabel.MatchString(labels[len(labels)-1]) {
		return "", "Write an IP address as four numbers with dots, such as 203.0.113.7, or enter a host name."
	}
	if len(networks) > 0 {
		return ascii, ""
	}
	for _, end := range notPublic {
		if bare == end || strings.HasSuffix(bare, "."+end) {
			return "", private
		}
	}
	if len(labels) == 1 {
		return "", private
	}
	return ascii, ""
}
