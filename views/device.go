package views

import "strings"

// DeviceText says in words which browser a user agent is: "Firefox on Linux".
// It is for people to recognize their own, not proof of anything.
func DeviceText(agent string) string {
	browser := firstWord(agent, "Edg/", "Edge", "EdgiOS", "Edge", "EdgA", "Edge", "OPR/", "Opera", "SamsungBrowser/", "Samsung Internet",
		"Firefox/", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "Chrome/", "Chrome", "Version/", "Safari", "curl/", "curl")
	system := firstWord(agent, "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "CrOS", "ChromeOS", "Windows", "Windows",
		"Macintosh", "macOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	}
	return "Unknown browser"
}

// firstWord returns the second of the first pair whose first is in s.
func firstWord(s string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(s, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
