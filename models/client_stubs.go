package models

// These stand in until email.go and country.go land, which replace them.

import (
	"net/mail"
	"strings"
)

func parseClientEmail(s string) (string, bool) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 254 || !strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".") {
		return "", false
	}
	return a.Address, true
}

func companyDomain(email string) string {
	domain := emailKey(email)[strings.LastIndexByte(email, '@')+1:]
	switch domain {
	case "gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "gmx.de", "web.de", "icloud.com":
		return ""
	}
	return domain
}
