package handlers_test

import (
	"strings"
	"testing"
	"time"

	"reselling/models/modelstest"
)

func TestSecurityTxt(t *testing.T) {
	s := newSite(t)
	s.Exec(t, "UPDATE vendor SET customer_success_email = ?", "security+portal%1@vendor.example")
	p := s.visit(t).get("/.well-known/security.txt").wants(200, "/.well-known/security.txt")
	if kind := p.header.Get("Content-Type"); strings.ToLower(kind) != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", kind)
	}
	fields := map[string]string{}
	for line := range strings.Lines(p.body) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, twice := fields[name]; !ok || twice {
			t.Errorf("line %q", line)
		}
		fields[name] = value
	}
	if fields["Contact"] != "mailto:security+portal%251@vendor.example" || fields["Canonical"] != modelstest.BaseURL+"/.well-known/security.txt" || fields["Preferred-Languages"] != "en" {
		t.Errorf("%v", fields)
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"])
	if ahead := expires.Sub(modelstest.Now); err != nil || ahead < 90*24*time.Hour || ahead >= 365*24*time.Hour {
		t.Errorf("expires %q: %v", fields["Expires"], err)
	}
	s.Clock.Advance(300 * 24 * time.Hour)
	if later := s.visit(t).get("/.well-known/security.txt"); strings.Contains(later.body, fields["Expires"]) {
		t.Error("it runs out while it is served")
	}
}
