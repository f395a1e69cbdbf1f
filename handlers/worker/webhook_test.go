package worker_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/dns/dnsmessage"

	"reselling/handlers/worker"
	"reselling/models"
	"reselling/models/modelstest"
)

// received is a request that came to a receiver.
type received struct {
	id, timestamp, signature, contentType string
	body                                  string
}

// receiver is one on the loopback interface that remembers what came.
type receiver struct {
	url string

	mu  sync.Mutex
	all []received
}

// receive starts a receiver at an address of the loopback interface.
func receive(t *testing.T, address string, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{url: "http://" + listener.Addr().String() + "/in"}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.all = append(r.all, received{q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), q.Header.Get("content-type"), string(body)})
		r.mu.Unlock()
		answer(w, q)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return r
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

func answers(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// loopback is what tests let webhooks reach.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// hook adds a webhook of Acme without the form, which would refuse many an address.
func hook(t *testing.T, w *modelstest.World, url string) string {
	t.Helper()
	h := models.Webhook{ID: uuid.NewString(), AccountID: modelstest.Acme, URL: url, Types: " trial.issued ", Generation: 1, CreatedAt: modelstest.Now, CreatedBy: modelstest.AcmeOwner.UserID, Version: 1}
	if err := w.DB.Create(&h).Error; err != nil {
		t.Fatal(err)
	}
	return h.ID
}

func trials(t *testing.T, w *modelstest.World, n int) {
	t.Helper()
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000")
	for range n {
		company := uuid.NewString()
		if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: company, Email: "boss@" + company + ".example"}}); err != nil {
			t.Fatal(err)
		}
	}
}

func webhookOptions() worker.Options {
	return worker.Options{Mailer: &worker.Recorder{}, Log: slog.New(slog.DiscardHandler), Drain: 10 * time.Second, WebhookNetworks: loopback}
}

func TestWebhooksAreSentAndSigned(t *testing.T) {
	w := modelstest.New(t)
	r := receive(t, "127.0.0.1", answers(http.StatusNoContent))
	id := hook(t, w, r.url)
	if _, err := w.RotateWebhookSecret(t.Context(), modelstest.AcmeOwner, id); err != nil {
		t.Fatal(err)
	}
	trials(t, w, 1)
	messages, err := w.DueWebhookMessages(t.Context(), models.System, id, 5)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	runWorker(t, w, webhookOptions(), func() bool { return w.Count(t, "webhook_deliveries", "succeeded_at IS NOT NULL") == 1 })
	m := messages[0]
	want := received{m.MessageID, models.WebhookTimestamp(w.Clock.Now()), m.Signature(w.Clock.Now()), "application/json", string(m.Body)}
	if got := r.got(); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if n := len(strings.Fields(m.Signature(w.Clock.Now()))); n != 2 {
		t.Errorf("%d signatures while two secrets hold", n)
	}
	if w.Count(t, "webhook_attempts", "status = 204 AND problem = '' AND answer = '' AND number = 1 AND url = ?", r.url) != 1 {
		t.Error("the attempt is not in the log")
	}
}

// A receiver that fails, hangs, is gone or says far too much holds up nobody: the
// others, and the mails, are all served while the one that hangs has answered nothing.
func TestNobodyWaitsForABadReceiver(t *testing.T) {
	const events = 30
	w := modelstest.New(t)
	release := make(chan struct{})
	var hanging atomic.Int64
	hangs := receive(t, "127.0.0.1", func(_ http.ResponseWriter, q *http.Request) {
		hanging.Add(1)
		defer hanging.Add(-1)
		select {
		case <-release:
		case <-q.Context().Done():
		}
	})
	defer close(release)
	talks := receive(t, "127.0.0.1", func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat("blah ", 2000))
		for range 1000 { // 10 MB
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	good, fails, gone := receive(t, "127.0.0.1", answers(http.StatusOK)), receive(t, "127.0.0.1", answers(http.StatusServiceUnavailable)), receive(t, "127.0.0.1", answers(http.StatusGone))
	ids := map[*receiver]string{}
	for _, r := range []*receiver{hangs, talks, good, fails, gone} {
		ids[r] = hook(t, w, r.url)
	}
	trials(t, w, events)
	count := func(r *receiver, condition string) int {
		return w.Count(t, "webhook_deliveries", condition+" AND webhook_id = ?", ids[r])
	}
	runWorker(t, w, webhookOptions(), func() bool {
		return count(good, "succeeded_at IS NOT NULL") == events && count(talks, "succeeded_at IS NOT NULL") == events && count(fails, "attempts = 1 AND next_at > created_at") == events &&
			count(gone, "given_up_at IS NOT NULL") == events && w.Count(t, "mails", "kind = 'trial_mail' AND sent_at IS NOT NULL") == events &&
			w.Count(t, "mails", "kind = 'webhook_ended_mail' AND recipient = 'olivia@acme.example' AND sent_at IS NOT NULL") == 1
	})
	if n := count(hangs, "succeeded_at IS NOT NULL"); n != 0 {
		t.Errorf("%d reached the one that hangs", n)
	}
	if n := len(hangs.got()); n == 0 || n > 8 {
		t.Errorf("the one that hangs has %d requests", n)
	}
	if n := len(gone.got()); n > 4 {
		t.Errorf("the one that is gone got %d requests", n)
	}
	if w.Count(t, "webhooks", "id = ? AND disabled_why = 'gone'", ids[gone]) != 1 {
		t.Error("410 does not switch a webhook off")
	}
	var longest int
	if err := w.DB.Raw("SELECT MAX(LENGTH(answer)) FROM webhook_attempts").Scan(&longest).Error; err != nil || longest != 1024 {
		t.Errorf("%d bytes of an answer are kept, %v", longest, err)
	}
}

// The retries follow the schedule by the store's clock, which the test moves.
func TestRetriesFollowTheSchedule(t *testing.T) {
	w := modelstest.New(t)
	r := receive(t, "127.0.0.1", answers(http.StatusInternalServerError))
	id := hook(t, w, r.url)
	trials(t, w, 1)
	for n, wait := range append([]time.Duration{0}, models.WebhookWaits...) {
		w.Clock.Advance(wait)
		w.Exec(t, "UPDATE river_job SET state = 'available', scheduled_at = ? WHERE kind = 'webhook_delivery' AND state = 'scheduled'", time.Now().UTC().Add(-time.Minute))
		runWorker(t, w, webhookOptions(), func() bool {
			return w.Count(t, "webhook_attempts", "1 = 1") == n+1 && w.Count(t, "river_job", "kind = 'webhook_delivery' AND state IN ('available', 'running')") == 0
		})
		if got := len(r.got()); got != n+1 {
			t.Fatalf("%d requests after %d waits", got, n)
		}
	}
	if w.Count(t, "webhook_deliveries", "webhook_id = ? AND given_up_at IS NOT NULL AND attempts = ?", id, len(models.WebhookWaits)+1) != 1 {
		t.Error("it is not given up in the end")
	}
	first := r.got()[0]
	for _, again := range r.got() {
		if again.id != first.id || again.body != first.body {
			t.Errorf("another message: %+v", again)
		}
	}
}

func TestACopySendsNoWebhooks(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.Settle(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE installation SET copied_at = ? WHERE id = 1", modelstest.Now)
	r := receive(t, "127.0.0.1", answers(http.StatusOK))
	hook(t, w, r.url)
	trials(t, w, 1)
	runWorker(t, w, webhookOptions(), func() bool { return w.Count(t, "river_job", "kind = 'webhook_delivery' AND state = 'scheduled'") == 1 })
	if n := len(r.got()); n != 0 {
		t.Fatalf("the copy sent %d", n)
	}
	if err := w.Promote(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE river_job SET state = 'available', scheduled_at = ? WHERE kind = 'webhook_delivery'", time.Now().UTC().Add(-time.Minute))
	runWorker(t, w, webhookOptions(), func() bool { return len(r.got()) == 1 })
}

// resolver answers every name by the addresses in names, all others with
// 127.0.0.1; of a list of lists, one list a question.
func resolver(t *testing.T, names map[string][][]string) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	asked := map[string]int{}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			name := strings.TrimSuffix(q.Name.String(), ".")
			all, known := names[name]
			if !known {
				all = [][]string{{"127.0.0.1"}}
			}
			key := name + q.Type.String()
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			for _, address := range all[min(asked[key], len(all)-1)] {
				ip := netip.MustParseAddr(address)
				head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
				switch {
				case q.Type == dnsmessage.TypeA && ip.Is4():
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
				case q.Type == dnsmessage.TypeAAAA && ip.Is6():
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
				}
			}
			asked[key]++
			if packed, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// count counts connections to an address, each of which is one too many.
func count(t *testing.T, address string) (port string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections = new(atomic.Int64)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, connections
}

// TestAddressTricks sends webhooks to addresses that lead, by one trick or
// another, to somebody who listens in private. Nobody there hears a thing, and
// each attempt stands in the log with a reason.
func TestAddressTricks(t *testing.T) {
	// Only 127.0.0.2 may be reached: it stands for the public.
	open := receive(t, "127.0.0.2", answers(http.StatusOK))
	port, private := count(t, "127.0.0.1:0")
	port6, private6 := count(t, "[::1]:0")
	everywhere, anybody := count(t, "[::]:0")
	redirect := receive(t, "127.0.0.2", func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "https://127.0.0.1:"+port+"/", http.StatusTemporaryRedirect)
	})
	host := strings.TrimPrefix(strings.TrimSuffix(open.url, "/in"), "http://")
	_, openPort, _ := net.SplitHostPort(host)
	names := map[string][][]string{
		"open.example": {{"127.0.0.2"}}, "both.example": {{"127.0.0.1", "127.0.0.2"}}, "rebinds.example": {{"127.0.0.2"}, {"127.0.0.1"}},
		"v6.example": {{"::1"}}, "mapped.example": {{"::ffff:127.0.0.1"}}, "nat64.example": {{"64:ff9b::7f00:1"}}, "sixtofour.example": {{"2002:7f00:1::"}},
		"metadata.example": {{"169.254.169.254"}}, "linklocal.example": {{"fe80::1"}}, "unique.example": {{"fd00::1"}}, "zero.example": {{"0.0.0.0"}}, "zero6.example": {{"::"}},
		"ten.example": {{"10.0.0.1"}}, "carrier.example": {{"100.64.0.1"}}, "doc.example": {{"203.0.113.7"}}, "broadcast.example": {{"255.255.255.255"}}, "multicast.example": {{"224.0.0.1"}},
	}
	const refused = "not public" // a resolver of C would take some that are "not known" for addresses
	tricks := map[string]string{ // what the log says, or "" for what is delivered
		open.url:                                "",
		"http://open.example:" + openPort + "/": "",
		"http://both.example:" + openPort + "/": "", // of two addresses, only the public one is tried
		redirect.url:                            "Redirects are not followed",

		"https://127.0.0.1:" + port + "/":                 refused,
		"http://127.0.0.1:" + port + "/":                  refused,
		"https://2130706433:" + port + "/":                "not known",
		"https://0x7f000001:" + port + "/":                refused,
		"https://0x7f.1:" + port + "/":                    refused,
		"https://017700000001:" + port + "/":              "not known",
		"https://0177.0.0.1:" + port + "/":                "not known",
		"https://127.1:" + port + "/":                     "not known",
		"https://[::1]:" + port6 + "/":                    refused,
		"https://[::]:" + everywhere + "/":                refused,
		"https://0.0.0.0:" + everywhere + "/":             refused,
		"https://[::ffff:127.0.0.1]:" + port + "/":        refused,
		"https://[::ffff:7f00:1]:" + port + "/":           refused,
		"https://[64:ff9b::7f00:1]:" + port + "/":         refused,
		"https://[0:0:0:0:0:0:0:1]:" + port6 + "/":        refused,
		"https://localhost:" + port + "/":                 refused,
		"https://localhost.:" + port + "/":                refused,
		"https://LOCALHOST:" + port + "/":                 refused,
		"https://localtest.example:" + port + "/":         refused,
		"https://localtest.example.:" + port + "/":        refused,
		"https://１２７.０.０.１:" + port + "/":                 refused,
		"https://①②⑦.⓪.⓪.①:" + port + "/":                 refused,
		"https://xn--bcher-kva.example:" + port + "/":     refused,
		"https://open.example@127.0.0.1:" + port + "/":    refused,
		"https://open.example%2f@localhost:" + port + "/": refused,
		"https://127.0.0.1:" + port + "/#@open.example/":  refused,
		"https://v6.example:" + port6 + "/":               refused,
		"https://mapped.example:" + port + "/":            refused,
		"https://nat64.example:" + port + "/":             refused,
		"https://sixtofour.example:" + port + "/":         refused,
		"https://metadata.example/latest/meta-data/":      refused,
		"https://169.254.169.254/latest/meta-data/":       refused,
		"https://linklocal.example/":                      refused,
		"https://unique.example/":                         refused,
		"https://zero.example:" + everywhere + "/":        refused,
		"https://zero6.example:" + everywhere + "/":       refused,
		"https://ten.example/":                            refused,
		"https://carrier.example/":                        refused,
		"https://doc.example/":                            refused,
		"https://broadcast.example/":                      refused,
		"https://multicast.example/":                      refused,
		"https://open.example:25/":                        "from 1024 on",
		"https://open.example:22/":                        "from 1024 on",
		"https://open.example:0/":                         "from 1024 on",
		"unix:///run/docker.sock":                         "HTTP",
		"http+unix://%2Frun%2Fdocker.sock/info":           "HTTP",
		"file:///etc/passwd":                              "HTTP",
		"gopher://127.0.0.1:" + port + "/_":               "HTTP",
		"https://open.example:" + openPort + "/":          "does not speak TLS",
	}
	w := modelstest.New(t)
	ids := map[string]string{}
	for url := range tricks {
		ids[url] = hook(t, w, url)
	}
	rebinds := hook(t, w, "http://rebinds.example:"+openPort+"/")
	trials(t, w, 1)
	o := webhookOptions()
	o.WebhookNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port) // a proxy would go where we don't
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	o = worker.WithResolver(o, resolver(t, names))
	runWorker(t, w, o, func() bool { return w.Count(t, "webhook_attempts", "1 = 1") == len(tricks)+1 })
	for url, want := range tricks {
		var a models.WebhookAttempt
		if err := w.DB.Raw("SELECT a.* FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id WHERE d.webhook_id = ?", ids[url]).Scan(&a).Error; err != nil {
			t.Fatal(err)
		}
		switch {
		case want == "" && (a.Status != http.StatusOK || a.Problem != ""), want != "" && !strings.Contains(a.Problem, want):
			t.Errorf("%s: %d %q, want %q", url, a.Status, a.Problem, want)
		case want == refused && strings.Contains(a.Problem, "127.0.0.1"):
			t.Errorf("%s: %q tells of a private network", url, a.Problem)
		}
	}
	// The name that was looked up a moment ago leads elsewhere now. The worker that
	// asks again has no connection left that it could use.
	trials(t, w, 1)
	runWorker(t, w, o, func() bool {
		return w.Count(t, "webhook_attempts", "delivery_id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = ?)", rebinds) == 2
	})
	if w.Count(t, "webhook_attempts", "status = 200 AND url LIKE '%rebinds%'") != 1 || w.Count(t, "webhook_attempts", "problem LIKE '%not public%' AND url LIKE '%rebinds%'") != 1 {
		t.Error("a name that was public when it was checked leads to a private address")
	}
	if n := private.Load() + private6.Load() + anybody.Load(); n != 0 {
		t.Errorf("%d connections to private addresses", n)
	}
	if n := len(open.got()); n < 4 {
		t.Errorf("%d requests came to the public receiver", n)
	}
	t.Logf("%d tricks", len(tricks))
}

func TestWebhookProblemsAreUnderstood(t *testing.T) {
	w := modelstest.New(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // closed again: nobody listens
	if err != nil {
		t.Fatal(err)
	}
	_ = silent.Close()
	hangsUp, connections := count(t, "127.0.0.1:0")
	slow := receive(t, "127.0.0.1", func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	want := map[string]string{
		fmt.Sprintf("http://%s/", silent.Addr()):                "Nobody listens",
		"http://127.0.0.1:" + hangsUp + "/":                     "closed before",
		slow.url:                                                "no answer within",
		"http://nowhere.example/":                               "is not known",
		receive(t, "127.0.0.1", answers(401)).url:               "does not accept",
		receive(t, "127.0.0.1", answers(404)).url:               "Is the path right",
		receive(t, "127.0.0.1", answers(http.StatusFound)).url:  "not followed",
		receive(t, "127.0.0.1", answers(429)).url:               "fewer requests",
		receive(t, "127.0.0.1", answers(http.StatusTeapot)).url: "418 I'm a teapot, which is no success",
	}
	ids := map[string]string{}
	for url := range want {
		ids[url] = hook(t, w, url)
	}
	trials(t, w, 1)
	o := worker.WithResolver(webhookOptions(), resolver(t, map[string][][]string{"nowhere.example": {{}}}))
	o.Rescue = 3 * time.Second // and with it a timeout of one
	runWorker(t, w, o, func() bool { return w.Count(t, "webhook_attempts", "1 = 1") >= len(want) })
	for url, says := range want {
		var d models.WebhookDelivery
		if err := w.DB.Where("webhook_id = ?", ids[url]).Take(&d).Error; err != nil || !strings.Contains(d.Result, says) {
			t.Errorf("%s: %q, want %q, %v", url, d.Result, says, err)
		}
	}
	if connections.Load() == 0 {
		t.Error("nobody called the one that hangs up")
	}
}
