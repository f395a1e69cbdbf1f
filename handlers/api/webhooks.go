package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

// webhooks describes what webhooks get: one entry for each type of event, with an
// example. Nobody calls these here; receivers are called by them.
func webhooks(schemas huma.Registry) map[string]*huma.PathItem {
	schema := schemas.Schema(reflect.TypeFor[models.WebhookEvent](), true, "WebhookEvent")
	all := map[string]*huma.PathItem{
		models.WebhookTest: webhook(models.WebhookTest, "Somebody pressed “Send a test”: nothing has happened.", schema, models.WebhookTestExample()),
	}
	for _, t := range models.WebhookTypes(true) {
		says := t.Says
		if t.ForVendor {
			says += " The vendor's webhooks only."
		}
		all[t.Name] = webhook(t.Name, says, schema, t.Example())
	}
	return all
}

func webhook(name, says string, schema *huma.Schema, example models.WebhookEvent) *huma.PathItem {
	header := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return &huma.PathItem{Post: &huma.Operation{
		OperationID: "webhook." + name, Summary: name, Description: says, Tags: []string{webhookTag},
		Parameters: []*huma.Param{
			header("webhook-id", "The event's id, the same at each attempt."),
			header("webhook-timestamp", "Of the attempt, in seconds since 1970."),
			header("webhook-signature", "By Standard Webhooks: v1 and HMAC-SHA256 with the webhook's secret; two of them while the secret is being changed."),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema, Example: example}}},
		Responses: map[string]*huma.Response{
			"204": {Description: "Taken. Any status from 200 to 299 says so."},
			"410": {Description: "No more, please: the webhook is switched off."},
		},
	}}
}

// webhookTag groups what receivers get.
const webhookTag = "Webhooks"
