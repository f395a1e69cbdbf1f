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
// was acknowledged arrives, some of them twice, and none is forgotten. Each time
// there is one more webhook, to which the program is sending when it is killed:
// what a killed program was sending to waits until its jobs are taken up.
func TestKilledWhileSendingWebhooks(t *testing.T) {
	kills := 8
	if testing.Short() {
		kills = 3
	}
	random := rand.New(rand.NewPCG(7, 8)) // #nosec G404 -- moments, not secrets
	w := modelstest.New(t)
	moody := func(id string, n int) int { // takes some at the second attempt only, 10 seconds later
		if n == 1 && id[len(id)-1] < '4' {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	all := []*inbox{listenForTrials(t, w, moody)}
	serve := func() *process {
		return start(t, append(onDatabase(w.URL), "RESELLING_RESCUE_AFTER="+rescueAfter.String(), "RESELLING_WEBHOOK_ALLOW=127.0.0.0/8"))
	}
	p := serve()
	s := startStream(t, w, p)
	for range kills {
		b := listenForTrials(t, w, func(string, int) int { return http.StatusNoContent })
		all = append(all, b)
		after, moment := 1+random.IntN(8), time.Duration(random.IntN(20_000))*time.Microsecond
		go func(p *process) { // in the midst of sending
			for range after {
				<-b.more
			}
			time.Sleep(moment)
			_ = p.Process.Kill()
		}(p)
		s.until(func(status int) bool { return status == 0 })
		p.kill(t)
		p = serve()
		s.turnTo(p)
	}
	s.settle(t)
	left := w.Count(t, "webhook_deliveries", "next_at IS NOT NULL")
	await(t, "all webhooks", func() bool { return w.Count(t, "webhook_deliveries", "next_at IS NOT NULL") == 0 })
	if n := w.Count(t, "webhook_deliveries", "webhook_id = ?", all[0].url); n != len(s.issued) {
		t.Errorf("%d deliveries of %d trials", n, len(s.issued))
	}
	sent, twice := 0, 0
	for _, b := range all {
		n, again := b.check(t, w)
		sent, twice = sent+n, twice+again
	}
	t.Logf("%d kills, %d trials, %d deliveries, of which %d were left at the last kill and %d arrived twice", kills, len(s.issued), sent, left, twice)
}

// listenForTrials adds a webhook of the vendor to an inbox of its own.
func listenForTrials(t *testing.T, w *modelstest.World, status func(id string, n int) int) *inbox {
	t.Helper()
	b := openInbox(t, status)
	hook := models.Webhook{ID: b.url, URL: b.url, Types: " trial.issued ", Generation: 1, CreatedAt: modelstest.Now, CreatedBy: modelstest.VendorAdministrator.UserID, Version: 1}
	if err := w.DB.Create(&hook).Error; err != nil {
		t.Fatal(err)
	}
	return b
}

// check makes sure that what was to be delivered was, and counts it and what
// came again.
func (b *inbox) check(t *testing.T, w *modelstest.World) (sent, twice int) {
	t.Helper()
	var ids []string
	if err := w.DB.Raw("SELECT event_id FROM webhook_deliveries WHERE webhook_id = ?", b.url).Scan(&ids).Error; err != nil {
		t.Fatal(err)
	}
	if n := w.Count(t, "webhook_deliveries", "webhook_id = ? AND succeeded_at IS NOT NULL", b.url); n != len(ids) || n == 0 {
		t.Errorf("%d of %d were delivered to %s", n, len(ids), b.url)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		switch {
		case b.seen[id] == 0:
			t.Errorf("the event %s did not arrive", id)
		case b.seen[id] > 1:
			twice++
		}
	}
	if len(b.seen) != len(ids) {
		t.Errorf("%d events arrived, of %d that were to be", len(b.seen), len(ids))
	}
	return len(ids), twice
}
