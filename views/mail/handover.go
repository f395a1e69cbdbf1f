package mail

import (
	"strconv"
	"time"
)

// Handover tells a colleague what they look after from now on, since somebody
// no longer can.
type Handover struct {
	Portal      Portal
	To          string
	Name        string
	From        string // who looked after it until now
	By          string // who decided it
	Account     string
	Clients     []string // company names
	MoreClients int      // that are not in the list
	Trials      []HandedTrial
	MoreTrials  int
	Link        string // to the reader's clients
}

// HandedTrial is a running trial in a Handover.
type HandedTrial struct {
	Product, Client string
	EndsAt          time.Time
}

// Message writes m.
func (m Handover) Message() Message {
	from, account := or(m.From, "A colleague"), or(m.Account, "your account")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "You look after the clients of " + from + " now",
		heading: "You look after the clients of " + from + " now",
		before: []string{
			from + " no longer works with clients of " + account + ". " + or(m.By, "Somebody") + " made you responsible for what is listed below: reminders of these trials come to you from now on.",
		},
		action: action{"Open your clients", m.Link},
		reason: "You get this mail because you are in the Reselling team of " + account + ".",
	}
	for _, c := range m.Clients {
		l.facts = append(l.facts, fact{"Client", name(c)})
	}
	l.facts = append(l.facts, more("More clients", m.MoreClients))
	for _, t := range m.Trials {
		l.facts = append(l.facts, fact{"Running trial", name(t.Product) + " for " + name(t.Client) + ", until " + when(t.EndsAt)})
	}
	l.facts = append(l.facts, more("More running trials", m.MoreTrials))
	return l.message()
}

func more(label string, n int) fact {
	if n <= 0 {
		return fact{}
	}
	return fact{label, strconv.Itoa(n)}
}
