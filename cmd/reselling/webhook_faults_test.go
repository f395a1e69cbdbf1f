package main

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// inbox is a receiver of webhooks on the loopback interface.
type inbox struct {
	url string

	mu    sync.Mutex
	seen  map[string]int // what was taken, by webhook-id
	asked map[string]int // and what came
	more  chan struct{}  // a message each time that something comes
}

// openInbox opens one that answers to the nth time that an event comes.
func openInbox(t *testing.T, status func(id string, n int) int) *inbox {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &inbox{url: "http://" + listener.Addr().String() + "/", seen: map[string]int{}, asked: map[string]int{}, more: make(chan struct{}, 1000)}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body models.WebhookEvent
		b.mu.Lock()
		id := r.Header.Get("Webhook-Id")
		b.asked[id]++
		answer := status(id, b.asked[id])
		if json.NewDecoder(r.Body).Decode(&body) == nil && body.ID == id && answer < 300 {
			b.seen[id]++
		}
		b.mu.Unlock()
		select {
		case b.more <- struct{}{}:
		default:
		}
		w.WriteHeader(answer)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

// The program is killed again and again while it sends webhooks: each event that
// was acknowledged arrives, some of them twice, and none is forgotten.
func TestKilledWhileSendingWebhooks(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 3
	}
	random := rand.New(rand.NewPCG(7, 8)) // #nosec G404 -- moments, not secrets
	w := modelstest.New(t)
	good := openInbox(t, func(string, int) int { return http.StatusNoContent })
	moody := openInbox(t, func(id string, n int) int { // takes some at the second attempt only, 10 seconds later
		if n == 1 && id[len(id)-1] < '4' {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	for _, b := range []*inbox{good, moody} {
		hook := models.Webhook{ID: b.url, URL: b.url, Types: " trial.issued ", Generation: 1, CreatedAt: modelstest.Now, CreatedBy: modelstest.VendorAdministrator.UserID, Version: 1}
		if err := w.DB.Create(&hook).Error; err != nil {
			t.Fatal(err)
		}
	}
	serve := func() *process {
		return start(t, append(onDatabase(w.URL), "RESELLING_RESCUE_AFTER="+rescueAfter.String(), "RESELLING_WEBHOOK_ALLOW=127.0.0.0/8"))
	}
	p := serve()
	s := startStream(t, w, p)
	for range kills {
		s.turnTo(p)
		var once sync.Once
		after, moment := 1+random.IntN(8), time.Duration(random.IntN(20_000))*time.Microsecond
		go func(p *process) { // in the midst of sending
			for range after {
				<-good.more
			}
			once.Do(func() { time.AfterFunc(moment, func() { _ = p.Process.Kill() }) })
		}(p)
		s.until(func(status int) bool { return status == 0 })
		p.kill(t)
		p = serve()
	}
	s.turnTo(p)
	s.settle(t)
	for _, b := range []*inbox{good, moody} {
		await(t, "all webhooks", func() bool {
			return w.Count(t, "webhook_deliveries", "webhook_id = ? AND next_at IS NOT NULL", b.url) == 0
		})
	}
	twice := 0
	for _, b := range []*inbox{good, moody} {
		b.mu.Lock()
		var ids []string
		if err := w.DB.Raw("SELECT id FROM events WHERE action = 'trial.issued'").Scan(&ids).Error; err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			switch {
			case b.seen[id] == 0:
				t.Errorf("the event %s did not arrive", id)
			case b.seen[id] > 1:
				twice++
			}
		}
		if len(ids) != len(s.issued) || w.Count(t, "webhook_deliveries", "webhook_id = ? AND succeeded_at IS NOT NULL", b.url) != len(ids) {
			t.Errorf("%d events of %d trials, %d delivered", len(ids), len(s.issued), w.Count(t, "webhook_deliveries", "webhook_id = ? AND succeeded_at IS NOT NULL", b.url))
		}
		b.mu.Unlock()
	}
	t.Logf("%d kills, %d trials, %d events arrived twice", kills, len(s.issued), twice)
}
