//go:build e2e

package e2e

import "testing"

func TestTheFirstLoadIsLight(t *testing.T) {
	portal := Start(t)
	b := portal.Open(t)
	b.ExpectLight("/login")
	b.SignIn(portal.User("Gold", "owner"))
	b.ExpectLight("/trials")
	b.ExpectLight("/")
}
