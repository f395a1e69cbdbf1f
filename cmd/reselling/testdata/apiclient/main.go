// The command apiclient issues a trial through a client that oapi-codegen writes
// from the portal's own OpenAPI document, and prints the trial's id.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"apiclient/client"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("usage: TOKEN=... HOST=... apiclient SERVER PRODUCT COMPANY EMAIL")
	}
	server, product, company, email := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	c, err := client.NewClientWithResponses(server, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
		r.Host = os.Getenv("HOST") // the portal answers to its own name only
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	key := "trial for " + email
	answer, err := c.IssueTrialWithResponse(context.Background(), &client.IssueTrialParams{IdempotencyKey: &key}, client.TrialCreation{
		Product: product, Client: &client.NewEndClient{Company: company, Email: email},
	})
	if err != nil {
		log.Fatal(err)
	}
	if answer.JSON201 == nil {
		log.Fatalf("%s: %s", answer.Status(), answer.Body)
	}
	fmt.Println(answer.JSON201.Id)
}
