package worker

import "net"

// WithResolver returns o with a resolver of its own for the names of webhooks.
func WithResolver(o Options, r *net.Resolver) Options {
	o.resolver = r
	return o
}
