package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"reselling/handlers"
	"reselling/handlers/worker"
	"reselling/models"
	"reselling/views"
)

// drain is how long requests and jobs get to finish after SIGTERM.
const drain = 20 * time.Second

type serveCommand struct {
	databaseSettings
	jobSettings
	Addr        string   `env:"RESELLING_ADDR" default:"localhost:8080" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	APIRate     int      `env:"RESELLING_API_RATE" default:"300" placeholder:"NUMBER" help:"How many requests an API token may make a minute, in each process (${default})."`
	MetricsAddr string   `env:"RESELLING_METRICS_ADDR" placeholder:"HOST:PORT" help:"Where to serve /metrics; nowhere if empty."`
	ProductRate float64  `env:"RESELLING_PRODUCT_RATE" default:"50" placeholder:"NUMBER" help:"Questions of products that are answered a second, for one address and for one licence key, a minute's worth at once (${default}); 0 for any number."`
	Hosts       []string `env:"RESELLING_HOSTS" placeholder:"HOST,…" help:"Further host names under which the portal answers."`
	Proxies     []string `env:"RESELLING_PROXIES" placeholder:"NETWORK,…" help:"Proxies whose X-Forwarded-For is believed."`
	PlainHTTP   bool     `env:"RESELLING_PLAIN_HTTP" name:"plain-http" help:"Allow a base address without https outside the demo."`
	Migrate     bool     `env:"RESELLING_MIGRATE" help:"Bring the schema up to date before serving."`
	NoWorker    bool     `env:"RESELLING_NO_WORKER" help:"Leave the jobs to other processes."`
}

// Run serves until SIGTERM or SIGINT.
func (c *serveCommand) Run(p *program) error {
	config, err := c.portal(p)
	if err != nil {
		return err
	}
	jobs, err := c.options(p, c.databaseSettings)
	if err != nil {
		return err
	}
	listeners, err := c.listen(p)
	if err != nil {
		return err
	}
	if c.Demo {
		config.Hosts = append(config.Hosts, loopback(config.BaseURL, listeners[0].Addr().String())...)
	}
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := c.prepare(p, store, &config); err != nil {
		return err
	}
	portal, err := handlers.New(store, config)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(p.ctx)
	for i, handler := range []http.Handler{portal, portal.Metrics()}[:len(listeners)] {
		group.Go(func() error { return serve(ctx, listeners[i], handler) })
	}
	if !c.NoWorker {
		group.Go(func() error { return worker.Run(ctx, store, jobs) })
	}
	c.welcome(p, config, listeners)
	return group.Wait()
}

// listen takes the address of the portal and, if there is one, that of the
// metrics, before anything is written to the database.
func (c *serveCommand) listen(p *program) ([]net.Listener, error) {
	portal, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (another program may be there: choose a free port with --addr or RESELLING_ADDR)", c.Addr, err)
	}
	if c.MetricsAddr == "" {
		return []net.Listener{portal}, nil
	}
	metrics, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", c.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for metrics: %w (choose another with --metrics-addr or RESELLING_METRICS_ADDR)", c.MetricsAddr, err)
	}
	return []net.Listener{portal, metrics}, nil
}

// portal checks the settings before anything is opened.
func (c *serveCommand) portal(p *program) (handlers.Config, error) {
	secret, err := c.secret()
	if err != nil {
		return handlers.Config{}, err
	}
	base, err := c.base()
	if err != nil {
		return handlers.Config{}, err
	}
	if base.Scheme == "http" && !c.Demo && !c.PlainHTTP {
		return handlers.Config{}, fmt.Errorf("RESELLING_BASE_URL is %s: passwords need https. Set the public https address, or --plain-http for a network that you trust", base)
	}
	proxies, err := parseProxies(c.Proxies)
	if err != nil {
		return handlers.Config{}, err
	}
	if err := checkAddr("RESELLING_ADDR", c.Addr); err != nil {
		return handlers.Config{}, err
	}
	if c.APIRate < 1 {
		return handlers.Config{}, fmt.Errorf("RESELLING_API_RATE is %d: a token needs to make at least one request a minute", c.APIRate)
	}
	if c.MetricsAddr != "" {
		if err := checkAddr("RESELLING_METRICS_ADDR", c.MetricsAddr); err != nil {
			return handlers.Config{}, err
		}
	}
	return handlers.Config{BaseURL: base, Hosts: c.Hosts, Proxies: proxies, Secret: secret, Log: p.log, ProductRate: c.ProductRate, APIRate: c.APIRate}, nil
}

// loopback lists the names of this machine under the demo's ports.
func loopback(base *url.URL, addr string) []string {
	ports := map[string]bool{base.Port(): true}
	if _, port, err := net.SplitHostPort(addr); err == nil {
		ports[port] = true
	}
	var hosts []string
	for port := range ports {
		for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
			if port == "" {
				hosts = append(hosts, host)
			} else {
				hosts = append(hosts, net.JoinHostPort(host, port))
			}
		}
	}
	return hosts
}

// prepare refuses a database that this program can't serve. A demo makes its own.
func (c *serveCommand) prepare(p *program, store *models.Store, config *handlers.Config) error {
	if c.Migrate || c.Demo {
		if err := store.Migrate(p.ctx); err != nil {
			return err
		}
	}
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	if err := c.settle(p, store); err != nil || !c.Demo {
		return err
	}
	users, err := store.LoadDemo(p.ctx, models.System)
	config.Demo = users
	return err
}

// serve answers until ctx ends, then lets what runs finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(late); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// welcome says where the portal is: the port may have been the system's choice.
func (c *serveCommand) welcome(p *program, config handlers.Config, listeners []net.Listener) {
	facts := []any{"address", listeners[0].Addr().String(), "base_url", config.BaseURL.String()}
	if len(listeners) > 1 {
		facts = append(facts, "metrics_address", listeners[1].Addr().String())
	}
	p.log.Info("serving", facts...)
	if !c.Demo {
		return
	}
	fmt.Fprintf(p.stdout, "\nReselling is at %s\n\nSign in as one of these; the password is %s\n\n", config.BaseURL, config.Demo[0].Password)
	for _, u := range config.Demo {
		fmt.Fprintf(p.stdout, "  %-38s %s\n", u.Email, views.DemoStanding(u))
	}
	fmt.Fprintln(p.stdout)
}
