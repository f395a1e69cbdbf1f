package mail

import (
	"strings"
	"time"
)

// PriceRequested tells Customer Success that a price request waits for them.
type PriceRequested struct {
	Portal  Portal
	To      string
	Name    string // of Customer Success
	Account string
	Client  string
	By      string
	Lines   []PriceLine
	Note    string
	Link    string
}

// PriceLine is a line in words, "10 × Studio Pro for 4 quarters", and its price
// per licence and quarter, empty without a quote.
type PriceLine struct{ What, Unit string }

func priceFacts(lines []PriceLine) []fact {
	var facts []fact
	for _, l := range lines {
		value := "per licence and quarter: " + l.Unit
		if l.Unit == "" {
			value = "no price yet"
		}
		facts = append(facts, fact{name(l.What), value})
	}
	return facts
}

// Message writes m.
func (m PriceRequested) Message() Message {
	account, client := or(m.Account, "An account"), or(m.Client, "a client")
	note := ""
	if n := name(m.Note); n != "" {
		note = "Their note: " + n
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: account + " requests a price for " + client,
		heading: account + " requests a price",
		before:  []string{or(m.By, "Somebody") + " of " + account + " asks what the following costs for " + client + ". The price list does not answer it.", note},
		action:  action{"Quote the price", m.Link},
		facts:   priceFacts(m.Lines),
		reason:  "You get this mail because your address is the one of Customer Success on the " + m.Portal.name() + ".",
	}.message()
}

// Quoted brings the account a quote.
type Quoted struct {
	Portal     Portal
	To         string
	Name       string
	Client     string
	Lines      []PriceLine
	Full       string
	ValidUntil time.Time // its last day, by date only
	Zone       string    // of that day
	Note       string
	Link       string
	IsChanged  bool // it replaces an earlier one
	IsLapsing  bool // it was sent before: its end is near
}

// Message writes m.
func (m Quoted) Message() Message {
	client := or(m.Client, "your client")
	day := m.ValidUntil.Format("Monday 2 January 2006")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Your quote for " + client,
		heading: "Your quote for " + client,
		before:  []string{"Here is the price that you asked for. It holds through " + day + " (" + m.zone() + ")."},
		action:  action{"Open the quote", m.Link},
		facts:   append(priceFacts(m.Lines), fact{"Full price", name(m.Full)}),
		reason:  "You get this mail because the price was requested by you, or for the account that you own, on the " + m.Portal.name() + ".",
	}
	switch {
	case m.IsLapsing:
		l.subject, l.heading = "Your quote for "+client+" is about to lapse", "Your quote is about to lapse"
		l.before = []string{"The quote for " + client + " holds through " + day + " (" + m.zone() + "). After that you can ask for the price again; it may be another one."}
	case m.IsChanged:
		l.subject, l.heading = "Your quote for "+client+" has changed", "Your quote has changed"
		l.before = []string{"This quote takes the place of the one that you have for " + client + ". It holds through " + day + " (" + m.zone() + ")."}
	}
	if n := name(m.Note); n != "" {
		l.before = append(l.before, "From Customer Success: "+n)
	}
	return l.message()
}

func (m Quoted) zone() string {
	return or(strings.ReplaceAll(m.Zone[strings.LastIndexByte(m.Zone, '/')+1:], "_", " "), "UTC")
}

// PriceDeclined tells the account why there is no price.
type PriceDeclined struct {
	Portal       Portal
	To           string
	Name         string
	Client       string
	Lines        []PriceLine
	Reason       string
	ContactName  string // Customer Success
	ContactEmail string
	Link         string
}

// Message writes m.
func (m PriceDeclined) Message() Message {
	client, contact := or(m.Client, "your client"), or(m.ContactName, "Customer Success")
	questions := "Questions? " + contact + " is happy to help."
	if m.ContactEmail != "" {
		questions += " Write to " + oneLine(m.ContactEmail) + "."
	}
	var facts []fact
	for _, l := range m.Lines {
		facts = append(facts, fact{"Requested", name(l.What)})
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "No price for " + client,
		heading: "Your price request was declined",
		before:  []string{contact + " can't quote the price that you asked for " + client + ".", "The reason: " + or(m.Reason, "none was given") + "."},
		action:  action{"Open the price request", m.Link},
		facts:   facts,
		after:   []string{questions},
		reason:  "You get this mail because the price was requested by you, or for the account that you own, on the " + m.Portal.name() + ".",
	}.message()
}
