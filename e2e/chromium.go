//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/chromedp/chromedp"
)

// scratch is the run's own folder, removed at its end.
var scratch string

// chromium is the one browser process of a run; every Browser is an own context
// in it, which shares nothing with the others.
var chromium = sync.OnceValues(func() (context.Context, error) {
	profile, err := os.MkdirTemp(scratch, "profile")
	if err != nil {
		return nil, err
	}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.Flag("headless", "new"),
		chromedp.Flag("user-data-dir", profile),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("lang", "en-GB"),
	}
	for _, on := range []string{
		"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-default-apps", "disable-extensions", "disable-breakpad",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
	} {
		flags = append(flags, chromedp.Flag(on, true))
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("start Chromium (install it with .ci/chromium): %w", err)
	}
	closeChromium = cancel
	return ctx, nil
})

var closeChromium = func() {}

// Main runs the tests and takes away what they shared.
func Main(m interface{ Run() int }) int {
	folder, err := os.MkdirTemp("", "reselling-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch = folder
	defer os.RemoveAll(folder)
	defer func() { closeChromium() }()
	return m.Run()
}
