package models

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
)

// demoColours are those of the demo's accounts, in turn.
var demoColours = []color.NRGBA{{R: 0x1f, G: 0x5f, B: 0xbf, A: 0xff}, {R: 0x0f, G: 0x76, B: 0x6e, A: 0xff}, {R: 0x9a, G: 0x34, B: 0x12, A: 0xff}}

// branding gives an account a look of its own, with a logo of two bars.
func (d demo) branding(account Account, owner Actor) error {
	at, c := d.days(30), demoColours[len(account.Name)%len(demoColours)]
	m := image.NewNRGBA(image.Rect(0, 0, 240, 80))
	draw.Draw(m, image.Rect(0, 8, 72, 72), image.NewUniform(c), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(84, 40, 240, 72), image.NewUniform(c), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		return err
	}
	l := Logo{ID: d.id("logo", account.ID), AccountID: account.ID, PNG: out.Bytes(), Width: 240, Height: 80, CreatedAt: at, CreatedBy: owner.UserID}
	if err := rowsOf[Logo](d.DB).Create(d.ctx, &l); err != nil {
		return err
	}
	b := usualBranding(account.ID)
	b.LogoID, b.Colour, b.TaxRate, b.UpdatedAt, b.UpdatedBy, b.Version = &l.ID, fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B), account.TaxRate, at, owner.UserID, 1
	b.BankDetails, b.Note = account.LegalName+"\nExample Bank, account 0000 2020 51", "Thank you for your business."
	b.Prefix = strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, account.Name))[:4]
	if err := rowsOf[Branding](d.DB).Create(d.ctx, &b); err != nil {
		return err
	}
	return d.event(at, owner, "branding.changed", subject{kind: "branding", id: account.ID, name: account.Name, accountID: account.ID}, b.facts())
}
