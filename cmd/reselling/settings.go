package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"reselling/models"
)

// databaseSettings are those of every command that opens the database.
type databaseSettings struct {
	DatabaseURL  string   `env:"RESELLING_DATABASE_URL" default:"file:data/reselling.db" placeholder:"URL" help:"file:PATH for the embedded database, or postgres://USER:PASSWORD@HOST/NAME (${default})."`
	SecretKey    string   `env:"RESELLING_SECRET_KEY" placeholder:"BASE64" help:"32 or more random bytes, base64: links, cookies and licence keys depend on it. Make one with: openssl rand -base64 48"`
	BaseURL      string   `env:"RESELLING_BASE_URL" default:"http://localhost:8080" placeholder:"URL" help:"The address under which people reach the portal (${default})."`
	Demo         bool     `env:"RESELLING_DEMO" help:"Run with demo data, demo sign-ins and a key that everybody knows. Never for real business."`
	WebhookAllow []string `env:"RESELLING_WEBHOOK_ALLOW" placeholder:"NETWORK,…" help:"For development: networks that are not public and that webhooks may reach all the same, also by http, such as 127.0.0.0/8."`
	Now          string   `env:"RESELLING_NOW" placeholder:"TIME" help:"With --demo only: the instant at which the clock starts, as 2026-11-23T09:00:00Z."`
}

// demoSecret is public on purpose: a demo has nothing to protect.
const demoSecret = "demo demo demo demo demo demo demo demo"

func (d databaseSettings) secret() ([]byte, error) {
	if d.SecretKey == "" {
		if d.Demo {
			return []byte(demoSecret), nil
		}
		return nil, errors.New("RESELLING_SECRET_KEY is missing: set it to 32 or more random bytes in base64, for example from `openssl rand -base64 48`, or run with --demo")
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := encoding.DecodeString(strings.TrimSpace(d.SecretKey)); err == nil {
			if len(b) < 32 {
				return nil, fmt.Errorf("RESELLING_SECRET_KEY has %d bytes, at least 32 are needed: make one with `openssl rand -base64 48`", len(b))
			}
			return b, nil
		}
	}
	return nil, errors.New("RESELLING_SECRET_KEY is not base64: make one with `openssl rand -base64 48`")
}

func (d databaseSettings) base() (*url.URL, error) {
	u, err := url.Parse(d.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("RESELLING_BASE_URL is %q: it must be a scheme and a host, such as https://reselling.example.com", d.BaseURL)
	}
	u.Path = ""
	return u, nil
}

// clock is the system's clock, or in a demo one that starts at a chosen instant and runs on from there.
func (d databaseSettings) clock(now func() time.Time) (func() time.Time, error) {
	if d.Now == "" {
		return now, nil
	}
	if !d.Demo {
		return nil, errors.New("RESELLING_NOW sets the clock of a demo: it works with --demo only")
	}
	at, err := time.Parse(time.RFC3339, d.Now)
	if err != nil {
		return nil, fmt.Errorf("RESELLING_NOW is %q: write it as 2026-11-23T09:00:00Z", d.Now)
	}
	shift := at.Sub(now())
	return func() time.Time { return now().Add(shift) }, nil
}

// storeOptions are what a store needs besides its database.
func (d databaseSettings) storeOptions(p *program) (models.Options, error) {
	secret, err := d.secret()
	if err != nil {
		return models.Options{}, err
	}
	base, err := d.base()
	if err != nil {
		return models.Options{}, err
	}
	networks, err := d.webhookNetworks()
	if err != nil {
		return models.Options{}, err
	}
	now, err := d.clock(p.now)
	return models.Options{Now: now, Secret: secret, BaseURL: base.String(), WebhookNetworks: networks}, err
}

// webhookNetworks are the networks that webhooks may reach though they are not public.
func (d databaseSettings) webhookNetworks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range d.WebhookAllow {
		n, err := netip.ParsePrefix(s)
		if ip, e := netip.ParseAddr(s); e == nil {
			n, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("RESELLING_WEBHOOK_ALLOW holds %q: write addresses or networks, such as 127.0.0.0/8", s)
		}
		all = append(all, n)
	}
	return all, nil
}

// open opens the store. It makes the folder of an embedded database.
func (d databaseSettings) open(p *program) (*models.Store, error) {
	o, err := d.storeOptions(p)
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(d.DatabaseURL, "file:"); ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, fmt.Errorf("RESELLING_DATABASE_URL can't be used: make the folder of the database: %w", err)
		}
	}
	store, err := models.Open(d.DatabaseURL, o)
	if err != nil {
		return nil, fmt.Errorf("RESELLING_DATABASE_URL can't be used: %w", err)
	}
	return store, nil
}

// settle finds out whether the database is a copy. That of a demo may lie where it likes.
func (d databaseSettings) settle(p *program, store *models.Store) error {
	if d.Demo {
		return nil
	}
	isCopy, err := store.Settle(p.ctx, models.System)
	if err == nil && isCopy {
		p.log.Warn("this database is a copy: no mail leaves. If it is to be the real one, run `reselling promote`")
	}
	return err
}

// checkAddr refuses an address that nobody can listen on.
func checkAddr(setting, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%s is %q: write it as HOST:PORT, such as localhost:8080", setting, addr)
	}
	return nil
}

func parseProxies(list []string) ([]*net.IPNet, error) {
	var all []*net.IPNet
	for _, s := range list {
		if ip := net.ParseIP(s); ip != nil {
			s = fmt.Sprintf("%s/%d", s, map[bool]int{true: 32, false: 128}[ip.To4() != nil])
		}
		_, network, err := net.ParseCIDR(s)
		if err != nil {
			return nil, fmt.Errorf("RESELLING_PROXIES holds %q: write addresses or networks, such as 10.0.0.0/8", s)
		}
		all = append(all, network)
	}
	return all, nil
}
