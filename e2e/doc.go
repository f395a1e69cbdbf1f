//go:build e2e

// Package e2e walks through the portal as people do: in headless Chromium, on
// the built binary with its demo data.
//
// A journey reads like this:
//
//	func TestASellerIssuesATrial(t *testing.T) {
//		portal := Start(t)
//		b := portal.Open(t)
//		b.SignIn(portal.User("Gold", "seller"))
//		b.Click("Trials")
//		b.Heading("Trials")
//		b.Click("Issue a trial")
//		b.Choose("Product", "Studio Pro")
//		b.Fill("Company", "Initrode")
//		b.Click("Issue the trial")
//		b.See("Initrode")
//	}
//
// Things are found as a screen reader finds them: by role and accessible name.
// A step waits for what it needs and for the page that it causes; a journey
// needs no sleeps. A step that can't be done ends the test, with a picture in
// e2e/screenshots.
//
// On every page that a browser arrives at, without being asked: axe-core finds
// nothing and nothing has to be scrolled sideways, in light and dark, at 1440 and
// at 390 px. What opens within a page (dialogs, parts that htmx brings) is looked
// at by CheckLooks. At the end of the test: no request went to another host,
// nothing broke the content security policy, no script failed, no answer was a
// 5xx, the portal logged no error and ended cleanly when asked to.
package e2e
