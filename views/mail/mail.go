// Package mail writes the portal's mails: a subject, HTML and plain text that say
// the same. Each mail is a struct of plain values with a method Message.
package mail

import (
	"bytes"
	"context"
	"strings"
	"time"
)

// Message is one mail to one recipient.
type Message struct {
	To      string // one bare address
	Subject string // one line, whatever people typed
	HTML    string
	Text    string
}

// Portal is who writes: the vendor whose User Portal this is, and the portal's address.
type Portal struct {
	Vendor string
	URL    string
}

// letter is what a mail says, before it is HTML or text.
type letter struct {
	to        string
	subject   string
	heading   string
	greeting  string   // a name, or empty
	before    []string // paragraphs above the button
	action    action
	facts     []fact   // a small table
	after     []string // paragraphs below it
	reason    string   // why the reader gets this
	signature string   // who writes
	portal    Portal
}

// action is what the reader is asked to do, a link; none if it has no label.
type action struct{ label, url string }

type fact struct{ label, value string }

// message renders l. Empty paragraphs and facts are left out.
func (l letter) message() Message {
	l.subject = cut(oneLine(l.subject), maxSubject)
	l.before, l.after = filled(l.before), filled(l.after)
	var facts []fact
	for _, f := range l.facts {
		if f.value != "" {
			facts = append(facts, f)
		}
	}
	l.facts = facts
	if l.signature == "" {
		l.signature = l.portal.name()
	}
	var html bytes.Buffer
	if err := page(l).Render(context.Background(), &html); err != nil {
		panic(err) // a buffer takes everything
	}
	return Message{To: l.to, Subject: l.subject, HTML: html.String(), Text: l.text()}
}

// name is what the portal is called: "ElectroNeek User Portal".
func (p Portal) name() string { return strings.TrimSpace(name(p.Vendor) + " User Portal") }

// hello greets somebody by name, if it is known.
func (l letter) hello() string {
	if l.greeting == "" {
		return "Hello,"
	}
	return "Hello " + l.greeting + ","
}

// preview is what mail programs show beside the subject.
func (l letter) preview() string {
	if len(l.before) == 0 {
		return l.heading
	}
	return l.before[0]
}

func (l letter) text() string {
	var b strings.Builder
	paragraph := func(s string) { b.WriteString(s + "\n\n") }
	paragraph(l.hello())
	for _, s := range l.before {
		paragraph(s)
	}
	if l.action.label != "" {
		paragraph(l.action.label + ":\n" + oneLine(l.action.url))
	}
	for i, f := range l.facts {
		b.WriteString(f.label + ": " + f.value + "\n")
		if i == len(l.facts)-1 {
			b.WriteString("\n")
		}
	}
	for _, s := range l.after {
		paragraph(s)
	}
	b.WriteString("-- \n" + l.reason + "\n\n" + l.signature + "\n")
	if url := oneLine(l.portal.URL); url != "" {
		b.WriteString(url + "\n")
	}
	return b.String()
}

func filled(paragraphs []string) []string {
	var list []string
	for _, s := range paragraphs {
		if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// when writes t in full, in the zone that it is in, and names the zone: "Monday 9
// March 2026, 11:00 (Madrid)". It is empty for the zero Time.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	zone := t.Location().String()
	city := strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
	return t.Format("Monday 2 January 2006, 15:04") + " (" + city + ")"
}
