package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// hookInbox is a receiver of webhooks that notes how long after its event each came.
type hookInbox struct {
	mu   sync.Mutex
	took map[string]time.Duration // by the event's id, at its first attempt
}

// open serves b on loopback and returns its address. One that hangs answers nothing.
func (b *hookInbox) open(hangs bool) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for as long as the process lives
	if err != nil {
		return "", err
	}
	b.took = map[string]time.Duration{}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came := time.Now()
		var event struct {
			ID        string    `json:"id"`
			Timestamp time.Time `json:"timestamp"`
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err == nil {
			b.mu.Lock()
			if _, again := b.took[event.ID]; !again {
				b.took[event.ID] = came.Sub(event.Timestamp)
			}
			b.mu.Unlock()
		}
		if hangs {
			<-r.Context().Done()
		}
	})}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/", nil
}

func (b *hookInbox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.took)
}

// measureWebhooks tells how long after an event its first attempt comes: alone, and
// while all but one of those that one process serves at a time hang.
func (b *bench) measureWebhooks(ctx context.Context) error {
	fmt.Println("| From an event to its first attempt | median | 99th percentile | longest |\n|---|---:|---:|---:|")
	for _, hanging := range []int{0, 31} {
		if err := b.timeWebhooks(ctx, hanging); err != nil {
			return err
		}
	}
	return nil
}

// timeWebhooks issues trials, five a second, and times one receiver beside others that hang.
func (b *bench) timeWebhooks(ctx context.Context, hanging int) error {
	const trials, pause = 100, 200 * time.Millisecond
	now := time.Now().UTC()
	if _, err := b.world.db.ExecContext(ctx, "UPDATE webhooks SET deleted_at = $1", now); err != nil {
		return err
	}
	good := new(hookInbox)
	receivers := []*hookInbox{good}
	for range hanging {
		receivers = append(receivers, new(hookInbox))
	}
	for i, r := range receivers {
		at, err := r.open(i > 0)
		if err != nil {
			return err
		}
		if err := b.world.insert(ctx, "webhooks", strings.Fields("id url types created_at created_by"), 1, func(int) []any {
			return []any{id(20, 100*hanging+i), at, " trial.issued ", now, ""}
		}); err != nil {
			return err
		}
	}
	if err := b.start(ctx); err != nil {
		return err
	}
	defer func() { b.portal.stop() }()
	cookie, err := b.signIn(ctx, mainAccount)
	if err != nil {
		return err
	}
	csrf, err := b.formToken(ctx, "/trials/new", cookie)
	if err != nil {
		return err
	}
	for n := range trials {
		form := url.Values{
			"csrf": {csrf}, "request_key": {fmt.Sprint(hanging, " ", n)}, "product": {"studio-pro"}, "client": {"new"}, "company": {fmt.Sprint("Hook ", hanging, " ", n)},
			"contact_name": {"Lou Load"}, "email": {fmt.Sprintf("it@hook-%d-%d.example", hanging, n)}, "country": {"DE"},
		}
		if status, _, body, err := b.ask(post(b.host, "/trials", cookie, form.Encode())); err != nil || status != http.StatusSeeOther {
			return errors.Join(err, fmt.Errorf("POST /trials answers %d: %s", status, tail(body)))
		}
		time.Sleep(pause)
	}
	for deadline := time.Now().Add(30 * time.Second); good.count() < trials; time.Sleep(pause) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d webhooks came", good.count(), trials)
		}
	}
	good.mu.Lock()
	defer good.mu.Unlock()
	var took []time.Duration
	for _, d := range good.took {
		took = append(took, d)
	}
	slices.Sort(took)
	fmt.Printf("| beside %d receivers that hang | %.0f ms | %.0f ms | %.0f ms |\n", hanging, ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]))
	return nil
}
