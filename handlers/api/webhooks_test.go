package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

// TestEveryEventIsInTheDocument: the document has each type of event with an example.
func TestEveryEventIsInTheDocument(t *testing.T) {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	document := huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "Test", Version: "1"}, Components: &huma.Components{Schemas: schemas}, Webhooks: webhooks(schemas)}
	body, err := json.Marshal(&document)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Webhooks map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Schema struct {
							Ref string `json:"$ref"`
						}
						Example models.WebhookEvent
					}
				}
			}
		}
	}
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	types := models.WebhookTypes(true)
	if len(read.Webhooks) != len(types)+1 {
		t.Errorf("%d webhooks for %d types and the test", len(read.Webhooks), len(types))
	}
	for _, e := range types {
		got := read.Webhooks[e.Name].Post.RequestBody.Content["application/json"]
		if got.Example.Type != e.Name || !strings.HasSuffix(got.Schema.Ref, "/WebhookEvent") {
			t.Errorf("%s: %+v", e.Name, got)
		}
	}
}
