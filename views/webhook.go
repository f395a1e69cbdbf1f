package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// WebhookForm is a webhook as typed.
type WebhookForm struct {
	URL         string   `form:"url"`
	Description string   `form:"description"`
	Choice      string   `form:"choice"` // all or chosen
	Types       []string `form:"types"`
	RequestKey  string   `form:"request_key"`
	Version     int      `form:"version"`
}

const (
	allEvents    = "all"
	chosenEvents = "chosen"
)

// NewWebhookForm is the form of a new webhook.
func NewWebhookForm(key string) WebhookForm { return WebhookForm{Choice: allEvents, RequestKey: key} }

// WebhookFormOf is the form that shows e.
func WebhookFormOf(e models.WebhookEntry) WebhookForm {
	f := WebhookForm{URL: e.URL, Description: e.Description, Choice: allEvents, Types: e.Types, Version: e.Version}
	if e.Chosen {
		f.Choice = chosenEvents
	}
	return f
}

// Entry is what models know of f.
func (f WebhookForm) Entry() models.WebhookEntry {
	return models.WebhookEntry{URL: f.URL, Description: f.Description, Chosen: f.Choice != allEvents, Types: f.Types, RequestKey: f.RequestKey, Version: f.Version}
}

// Against is what somebody else has changed while f was open.
func (f WebhookForm) Against(w models.Webhook) []Difference {
	theirs := WebhookFormOf(w.Entry())
	return differences(
		Difference{"Address", theirs.URL, f.URL}, Difference{"Description", theirs.Description, f.Description},
		Difference{"Events", typesText(w), typesText(models.Webhook{Types: strings.Join(f.Entry().Types, " ")})},
	)
}

// WebhooksPage is the list of webhooks.
type WebhooksPage struct {
	Vendor bool
	All    []models.WebhookRow
}

func (p WebhooksPage) lead() string {
	if p.Vendor {
		return "Your own systems hear at once what happens in every account and at the vendor."
	}
	return "Your own systems, such as a ticket or billing system, hear at once what happens in your account."
}

// WebhookFormPage is the form of a new webhook, or of one that is there.
type WebhookFormPage struct {
	Vendor      bool
	Webhook     models.Webhook // without an id for a new one
	Form        WebhookForm
	Problem     *models.Error
	Theirs      []Difference
	AskPassword bool
}

func (p WebhookFormPage) action() string {
	if p.Webhook.ID == "" {
		return paths.Webhooks(p.Vendor)
	}
	return paths.WebhookEdit(p.Vendor, p.Webhook.ID)
}

func (p WebhookFormPage) back() string {
	if p.Webhook.ID == "" {
		return paths.Webhooks(p.Vendor)
	}
	return paths.Webhook(p.Vendor, p.Webhook.ID)
}

func (p WebhookFormPage) choices() []models.EventType { return models.WebhookTypes(p.Vendor) }

func (p WebhookFormPage) chosen(name string) bool { return slices.Contains(p.Form.Types, name) }

// WebhookPage is one webhook with its log.
type WebhookPage struct {
	Vendor     bool
	Webhook    models.Webhook
	Log        models.Page[models.DeliveryRow]
	Nav        ListNav
	Types      []string // in the log
	RequestKey string   // of a test
	Problem    *models.Error
}

func (p WebhookPage) crumbs() []Crumb { return []Crumb{{"Webhooks", paths.Webhooks(p.Vendor)}} }

// WebhookSecretPage shows how to verify what comes.
type WebhookSecretPage struct {
	Vendor  bool
	Secret  models.WebhookSecret
	IsNew   bool
	Problem *models.Error
}

func (p WebhookSecretPage) crumbs() []Crumb {
	return []Crumb{{"Webhooks", paths.Webhooks(p.Vendor)}, {WebhookName(p.Secret.Webhook), paths.Webhook(p.Vendor, p.Secret.Webhook.ID)}}
}

// DeliveryPage is one delivery with its attempts.
type DeliveryPage struct {
	Vendor  bool
	View    models.DeliveryView
	Problem *models.Error
}

func (p DeliveryPage) crumbs() []Crumb {
	w := p.View.Webhook
	return []Crumb{{"Webhooks", paths.Webhooks(p.Vendor)}, {WebhookName(w), paths.Webhook(p.Vendor, w.ID)}}
}

// address is where the page is.
func (p DeliveryPage) address() string {
	return paths.WebhookDelivery(p.Vendor, p.View.Webhook.ID, p.View.ID)
}

// sentence says what the delivery tells of.
func (p DeliveryPage) sentence() string {
	if p.View.Event == nil {
		return "A test: it tells of nothing."
	}
	return strings.TrimSuffix(EventText(*p.View.Event, ""), ".") + "." // a company may end in one
}

// WebhookName is what a webhook is called.
func WebhookName(w models.Webhook) string {
	if w.Description != "" {
		return w.Description
	}
	return w.Host()
}

func typesText(w models.Webhook) string {
	names := w.TypeNames()
	switch {
	case len(names) == 0:
		return "All events"
	case len(names) <= 3:
		words := make([]string, len(names))
		for i, name := range names {
			words[i] = EventWords(name)
		}
		return strings.Join(words, ", ")
	}
	return Plural(len(names), "type of event", "types of events")
}

// EventWords writes the name of a type of event for people: "Client invoice paid".
func EventWords(name string) string {
	words := strings.NewReplacer(".", " ", "_", " ").Replace(name)
	words = strings.NewReplacer("license", "licence", "annex", "Annex", "api token", "API token").Replace(words)
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func deliveryStateName(s models.DeliveryState) string {
	switch s {
	case models.DeliverySent:
		return "Delivered"
	case models.DeliveryFailed:
		return "Given up"
	case models.DeliveryRetrying:
		return "Trying again"
	case models.DeliveryWaiting:
	}
	return "Waiting"
}

func deliveryStateOptions() []Option {
	options := []Option{{Value: "", Label: "Any state"}}
	for _, s := range models.DeliveryStates {
		options = append(options, Option{Value: string(s), Label: deliveryStateName(s)})
	}
	return options
}

func deliveredTypeOptions(types []string) []Option {
	options := []Option{{Value: "", Label: "All events"}}
	for _, t := range types {
		options = append(options, Option{Value: t, Label: EventWords(t)})
	}
	return options
}

// tookText is how long an attempt took.
func tookText(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func attemptTitle(a models.WebhookAttempt) string {
	switch {
	case a.Status > 0:
		return "Attempt " + strconv.Itoa(a.Number) + ": answered " + strconv.Itoa(a.Status)
	}
	return "Attempt " + strconv.Itoa(a.Number) + ": no answer"
}

// scheduleText says when a delivery is tried again.
func scheduleText() string {
	var waits []string
	for _, w := range models.WebhookWaits {
		switch {
		case w < time.Minute:
			waits = append(waits, fmt.Sprintf("%d s", int(w.Seconds())))
		case w < time.Hour:
			waits = append(waits, fmt.Sprintf("%d min", int(w.Minutes())))
		default:
			waits = append(waits, fmt.Sprintf("%d h", int(w.Hours())))
		}
	}
	return Join(waits)
}

// typeGroup is a heading of the catalogue with its types.
type typeGroup struct {
	Name  string
	Types []models.EventType
}

func typeGroups(vendor bool) []typeGroup {
	var groups []typeGroup
	for _, kind := range models.EventKinds {
		g := typeGroup{Name: eventKindNames[kind]}
		for _, t := range models.WebhookTypes(vendor) {
			if t.Kind() == kind {
				g.Types = append(g.Types, t)
			}
		}
		if len(g.Types) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// The programs that verify are those of docs/webhooks.md; a test compares them.
const (
	verifyGo = `import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

wh, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET")) // whsec_…
body, err := io.ReadAll(r.Body)
if err := wh.Verify(body, r.Header); err != nil {
	http.Error(w, "bad signature", http.StatusUnauthorized)
	return
}`
	verifyJS = `import { Webhook } from "standardwebhooks"; // npm install standardwebhooks

const wh = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…
app.post("/reselling", express.raw({ type: "*/*" }), (req, res) => {
  let event;
  try {
    event = wh.verify(req.body.toString(), req.headers);
  } catch {
    return res.status(401).end();
  }
  res.status(204).end(); // answer first, work afterwards
});`
	verifyPython = `from standardwebhooks.webhooks import Webhook  # pip install standardwebhooks

wh = Webhook(os.environ["WEBHOOK_SECRET"])  # whsec_…

@app.post("/reselling")
def reselling():
    try:
        event = wh.verify(request.get_data(), dict(request.headers))
    except Exception:
        return "", 401
    return "", 204`
)

type sample struct{ Language, Text string }

func verifySamples() []sample {
	return []sample{{"JavaScript", verifyJS}, {"Python", verifyPython}, {"Go", verifyGo}}
}
