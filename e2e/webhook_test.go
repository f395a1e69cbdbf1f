//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// hooked is a request to a receiver, and the secret by which it is verified.
type hooked struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// hookReceiver takes webhooks on the loopback interface.
type hookReceiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	all    []hooked
}

func receiveHooks(t *testing.T) *hookReceiver {
	r := &hookReceiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		h := hooked{Headers: map[string]string{}, Body: string(body)}
		for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			h.Headers[name] = q.Header.Get(name)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, h)
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, "Out of order until noon")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *hookReceiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *hookReceiver) got() []hooked {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]hooked(nil), r.all...)
}

// verify asks the npm package standardwebhooks what it makes of webhooks.
func verify(t *testing.T, all []hooked) []string {
	t.Helper()
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "verify_webhook.mjs")
	node.Stdin = bytes.NewReader(input)
	complaint := new(bytes.Buffer)
	node.Stderr = complaint
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, complaint)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// TestAnOwnerSetsUpAWebhook: the Owner adds a webhook, verifies what comes by the
// library of Standard Webhooks, sees why a delivery fails, sends it again and
// changes the secret.
func TestAnOwnerSetsUpAWebhook(t *testing.T) {
	portal := Start(t, "RESELLING_WEBHOOK_ALLOW=127.0.0.0/8")
	r := receiveHooks(t)
	owner := portal.Open(t)
	owner.SignIn(portal.User("Gold", "owner"))
	owner.Click("Webhooks")
	owner.Heading("Webhooks")
	owner.Click("Add a webhook")
	owner.Fill("Address", "http://user:secret@127.0.0.1/")
	owner.Click("Add the webhook")
	owner.See("Leave out the name and the password")
	owner.CheckLooks()
	owner.Fill("Address", r.URL+"/in")
	owner.Fill("Description", "Ticket system")
	owner.Click("Add the webhook")
	owner.See("The webhook is added")
	owner.CheckLooks()
	secret := owner.Value("Secret")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("the secret is %q", secret)
	}
	owner.Click("Go to the webhook")
	owner.Heading("Ticket system")
	owner.Click("Send a test")
	owner.until("the answer to the test", func() bool { return strings.Contains(owner.words(), "answered 204") })
	owner.CheckLooks()

	r.answer(http.StatusServiceUnavailable)
	owner.Click("Clients")
	owner.Click("Add a client")
	owner.Fill("Company", "Initrode & Söhne")
	owner.Fill("Mail address", "ingrid@initrode.example")
	owner.Click("Add the client")
	owner.until("the event", func() bool { return len(r.got()) >= 2 })
	owner.Click("Webhooks")
	owner.Click("Ticket system")
	owner.See("The receiver takes nothing at the moment")
	owner.CheckLooks()
	owner.Click("Client created")
	owner.See("Out of order until noon")
	owner.See("503")
	owner.CheckLooks()
	r.answer(http.StatusOK)
	owner.Click("Send again")
	owner.until("the answer", func() bool { return strings.Contains(owner.words(), "answered 200") })

	owner.Visit("/settings/webhooks")
	owner.Click("Ticket system")
	owner.Click("Show the secret and how to verify")
	owner.Click("New secret…")
	owner.Within("Make a new secret?").Click("Make a new secret")
	owner.See("Here is the new secret.")
	renewed, previous := owner.Value("Secret"), owner.Value("The secret before this one")
	if renewed == secret || previous != secret {
		t.Errorf("the new secret is %q, the one before %q", renewed, previous)
	}
	owner.CheckLooks()
	owner.Click("Go to the webhook")
	before := len(r.got())
	owner.Click("Send a test")
	owner.until("another test", func() bool { return len(r.got()) > before })

	all := r.got()
	first, last := all[0], all[len(all)-1]
	tampered := last
	tampered.Body = strings.Replace(last.Body, "test", "text", 1)
	with := func(h hooked, secret string) hooked { h.Secret = secret; return h }
	want := []string{"webhook.test", "client.created", "webhook.test", "webhook.test", "refused: No matching signature found", "refused: No matching signature found"}
	got := verify(t, []hooked{with(first, secret), with(all[1], secret), with(last, secret), with(last, renewed), with(tampered, renewed), with(first, renewed)})
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("standardwebhooks says %q, want %q", got, want)
	}
	if all[1].Headers["webhook-id"] != all[2].Headers["webhook-id"] || !strings.Contains(all[1].Body, "Initrode & Söhne") {
		t.Errorf("sent again as another one: %+v", all[2])
	}

	admin := portal.Open(t)
	admin.SignIn(portal.User("administrator"))
	admin.Click("Webhooks")
	admin.Click("Data warehouse")
	admin.CheckLooks()
}
